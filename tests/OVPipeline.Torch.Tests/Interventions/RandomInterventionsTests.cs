using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>Changes of heads in models of every kind, against plain loops.</summary>
public sealed class RandomInterventionsTests
{
    private const int SeedsAtATime = 5;

    public static TheoryData<int> Tens => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(Tens))]
    public void Run_RandomChangesOfRandomModel_AgreesWithPlainLoops(int ten)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        for (int seed = ten * SeedsAtATime; seed < (ten + 1) * SeedsAtATime; seed++)
        {
            using var scope = torch.NewDisposeScope();
            var weights = RandomTransformers.Draw(seed);
            var config = weights.Config;
            using var model = Transformer.FromWeights(weights);
            var random = new Random(seed);
            int[] tokens = TestModels.Sequences(config, 1, seed: seed)[0], others = TestModels.Sequences(config, 1, seed: seed + 1)[0];
            var plain = new PlainForward(config, weights);
            var changes = HeadInterventions.None;
            foreach (var head in config.AllHeads.Where(_ => random.Next(2) == 0))
                changes = Change(changes, plain, weights, head, random, others);
            plain.Run(tokens);
            model.to(torch.ScalarType.Float64);
            var parts = ForwardParts.Logits | ForwardParts.Patterns | ForwardParts.HeadOutputs | ForwardParts.Streams
                | ForwardParts.MlpOutputs;
            using var pass = model.Run(TestModels.Batch([tokens]), parts, changes);
            string what = $"{seed} {changes} {config}";
            Agrees(plain.Logits.SelectMany(row => row), pass.Logits, what);
            Agrees(plain.Embedded.SelectMany(row => row), pass.Embedded, what);
            for (int layer = 0; layer < config.Layers; layer++)
            {
                HeadIndex[] heads = [.. config.HeadsOf(layer)];
                Agrees(plain.Streams[layer].SelectMany(row => row), pass.Streams[layer], what);
                Agrees(heads.SelectMany(head => InUse(plain, head).Cast<double>()), pass.Patterns[layer], what);
                Agrees(tokens.SelectMany((_, t) => heads.SelectMany(head => plain.Outputs[head][t])), pass.HeadOutputs[layer], what);
                if (config.Forward!.Mlp is not null)
                    Agrees(plain.Neurons[layer].SelectMany(row => row), pass.MlpOutputs[layer], what);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tens))]
    public void MeanAblate_RandomModel_AgreesWithPlainLoops(int ten)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        for (int seed = ten * SeedsAtATime; seed < (ten + 1) * SeedsAtATime; seed++)
        {
            using var scope = torch.NewDisposeScope();
            var weights = RandomTransformers.Draw(seed);
            var config = weights.Config;
            using var model = Transformer.FromWeights(weights);
            model.to(torch.ScalarType.Float64);
            bool perPosition = seed % 2 == 0;
            int[][] reference = TestModels.Sequences(config, 3, seed: seed + 1);
            int[] tokens = TestModels.Sequences(config, 1, seed: seed)[0];
            HeadIndex[] heads = [.. config.AllHeads.Where(head => (head.Head + head.Layer) % 2 == 0)];
            var means = HeadMeansMeasure.Over(model, TestModels.Batch(reference), perPosition, heads);
            var runs = reference.Select(sequence => new PlainForward(config, weights).Run(sequence)).ToArray();
            var plain = new PlainForward(config, weights);
            foreach (var head in heads)
            {
                double[][] byPosition = [.. tokens.Select((_, t) => Enumerable.Range(0, config.DModel)
                    .Select(i => runs.Average(run => run.Outputs[head][t][i])).ToArray())];
                double[] overall = [.. Enumerable.Range(0, config.DModel).Select(i => byPosition.Average(row => row[i]))];
                plain.Writes[head] = perPosition ? byPosition : [.. tokens.Select(_ => overall)];
            }
            plain.Run(tokens);
            using var pass = model.Run(TestModels.Batch([tokens]), interventions: HeadInterventions.None.MeanAblate(means, heads));
            double difference = TestModels.DoubleDifference([.. plain.Logits.SelectMany(row => row)], pass.Logits);
            // Means are singles.
            Assert.True(difference / (1 + plain.Logits.Max(row => row.Max(Math.Abs))) < 2e-5, $"{difference}: {seed} {config}");
        }
    }

    [Theory]
    [MemberData(nameof(Tens))]
    public void ResampleAblate_SeedInRandomModel_WritesWhatAnotherSequencesHeadWrites(int ten)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        for (int seed = ten * SeedsAtATime; seed < (ten + 1) * SeedsAtATime; seed++)
        {
            using var scope = torch.NewDisposeScope();
            var weights = RandomTransformers.Draw(seed);
            var config = weights.Config;
            using var model = Transformer.FromWeights(weights);
            model.to(torch.ScalarType.Float64);
            int[][] sequences = TestModels.Sequences(config, 3, seed: seed);
            HeadIndex[] heads = [.. config.AllHeads.Where(head => (head.Head + head.Layer) % 2 == 1)];
            using var pass = model.Run(TestModels.Batch(sequences), ForwardParts.Logits | ForwardParts.HeadOutputs,
                HeadInterventions.None.ResampleAblate(seed, heads));
            var runs = sequences.Select(sequence => new PlainForward(config, weights).Run(sequence)).ToArray();
            int[] standIns = [.. sequences.Select((_, b) => StandIn(runs, heads[0], pass.HeadOutputs, b))];
            Assert.Equal([0, 1, 2], standIns.Order());
            for (int b = 0; b < sequences.Length; b++)
            {
                Assert.NotEqual(b, standIns[b]);
                var plain = new PlainForward(config, weights);
                foreach (var head in heads)
                    plain.Writes[head] = runs[standIns[b]].Outputs[head];
                plain.Run(sequences[b]);
                Agrees(plain.Logits.SelectMany(row => row), pass.Logits.narrow(0, b, 1), $"{seed} {config}");
            }
        }
    }

    // The sequence whose head writes what a head wrote in another one's place.
    private static int StandIn(PlainForward[] runs, HeadIndex head, IReadOnlyList<torch.Tensor> outputs, int sequence)
    {
        var written = outputs[head.Layer].select(0, sequence).select(1, head.Head);
        return Array.FindIndex(runs, run =>
            TestModels.DoubleDifference([.. run.Outputs[head].SelectMany(row => row)], written) < 1e-9);
    }

    private static double[,] InUse(PlainForward plain, HeadIndex head) => plain.Patterns[plain.PatternOf.GetValueOrDefault(head, head)];

    private static HeadInterventions Change(
        HeadInterventions changes, PlainForward plain, TransformerWeights weights, HeadIndex head, Random random, int[] others)
    {
        var config = weights.Config;
        switch (random.Next(4))
        {
            case 0:
                plain.Writes[head] = [.. others.Select(_ => new double[config.DModel])];
                return changes.ZeroAblate(head);
            case 1:
                plain.Writes[head] = new PlainForward(config, weights).Run(others).Outputs[head];
                return changes.ResampleAblate(TestModels.Batch([others]), head);
            case 2:
                var attender = new HeadIndex(random.Next(head.Layer + 1), random.Next(config.Heads));
                plain.PatternOf[head] = attender;
                return changes.UsePattern(head, attender);
            default:
                Matrix a = Noise(config.DModel, 2), b = Noise(2, config.DModel);
                var map = new double[config.DModel, config.DModel];
                for (int i = 0; i < config.DModel; i++)
                    for (int j = 0; j < config.DModel; j++)
                        map[i, j] = ((double)a[i, 0] * b[0, j]) + ((double)a[i, 1] * b[1, j]);
                plain.Maps[head] = map;
                return changes.ReplaceOV(new FactoredMatrix(a, b), 1, head);
        }

        Matrix Noise(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => (float)(random.NextDouble() - 0.5));
    }

    private static void Agrees(IEnumerable<double> expected, torch.Tensor actual, string what)
    {
        double[] plain = [.. expected];
        double difference = TestModels.DoubleDifference(plain, actual);
        Assert.True(difference / (1 + plain.Max(Math.Abs)) < 1e-9, $"{difference}: {what}");
    }
}
