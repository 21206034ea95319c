using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using OVPipeline.Tests.Common;
using OVPipeline.Torch;
using TorchSharp;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class SequenceTextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-sequences-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_Targets_AreRunAsTheyStand()
    {
        var text = ModelText.Of(Sequences(50, targets: true));
        Assert.Equal((40, 10, 29), (text.TrainingSequences!.Sequences.Count, text.ValidationSequences!.Sequences.Count, text.Separator));
        Assert.Equal("the first four fifths of letters", text.TrainingSource);
        var blocks = new TextBlocks(text.ValidationSequences, 48);
        Assert.Equal((2, 5 * 9), (blocks.Count, blocks.Tokens));
        Assert.Equal([0, 0], blocks.Books);
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        var (inputs, targets) = blocks[1];
        Assert.Equal(Second(text.ValidationSequences.Sequences), inputs.data<long>().ToArray());
        Assert.Equal(Second(text.ValidationSequences.Targets!), targets.data<long>().ToArray());
        Assert.NotEqual(text.Digest(), ModelText.Of(Sequences(50, targets: false)).Digest());

        static IEnumerable<long> Second(IEnumerable<int[]> rows) => rows.Skip(5).SelectMany(row => row).Select(id => (long)id);
    }

    [Fact]
    public void Of_NoTargets_AreTheNextTokens()
    {
        var sequences = Sequences(50, targets: false);
        var text = ModelText.Of(sequences);
        Assert.Equal(sequences.Sequences[0][..^1], text.TrainingSequences!.Sequences[0]);
        Assert.Equal(sequences.Sequences[0][1..], text.TrainingSequences.Targets![0]);
    }

    [Fact]
    public void Of_WhatExperimentsCannotTake_SaysWhy()
    {
        Says("one length", new("s", [[1, 2], [1, 2, 3]]));
        Says("has 50 targets", Partial(150, (_, place) => place % 3 == 0 ? [3] : []));
        Says("one token", new("s", [[1], [2]]));
        Says("at least 64", Sequences(9, targets: true));

        static void Says(string said, TokenSequences sequences) => Assert.Contains(
            said, Assert.Throws<ArgumentException>(() => ModelText.Of(sequences)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_TargetsAtSomePositions_LeavesOutSequencesWithoutAny()
    {
        var sequences = Partial(900, (_, place) => place % 2 == 0 ? [7, 3] : []);
        var text = ModelText.Of(sequences);
        Assert.Equal((360, 90), (text.TrainingSequences!.Sequences.Count, text.ValidationSequences!.Sequences.Count));
        Assert.Equal(sequences.Sequences[2], text.TrainingSequences.Sequences[1]);
        Assert.Equal(sequences.Targets![2], text.TrainingSequences.Targets![1]);
        Assert.True(text.HasTargets);
        Assert.False(ModelText.Of(Sequences(50, targets: false)).HasTargets);
        var blocks = new TextBlocks(text.ValidationSequences, 48);
        Assert.Equal((2, 2 * 45 * 9, 2 * 45 * 2), (blocks.Count, blocks.TotalTokens, blocks.TotalTargets));
    }

    // Losses by the module's own metric, which does not know of blocks and cuts.
    [Theory]
    [InlineData(NormalizationKind.None)]
    [InlineData(NormalizationKind.LN)]
    public void Losses_TargetsAtSomePositions_AreThoseOfTheTask(NormalizationKind normalization)
    {
        TorchLibrary.EnsureLoaded();
        var model = TinyForward.Model(normalization: normalization);
        foreach (int layer in new[] { 0, 1 })
        {
            var sequences = Partial(700, (random, _) => [.. Enumerable.Range(1, 8).Where(_ => random.Next(3) == 0), 8]);
            var forward = new ForwardModel(model, new LaboratoryOptions { JudgedBlocks = 100 }.Forward, ModelText.Of(sequences));
            Assert.Equal(layer == 1, forward.IsLinear(layer));
            var (a, b) = (new HeadIndex(layer, 0), new HeadIndex(layer, 2));
            var text = forward.Pair(a, b);
            int perBlock = (int)text.Validation[0].Inputs.shape[0];
            TinyForward.Equal(OfTask(HeadInterventions.None), text.Losses(block => text.Without(block, [])), 2e-4);
            TinyForward.Equal(OfTask(HeadInterventions.None), CopySplit.Measure(text, [a, b]).Full, 2e-4);
            var zero = HeadInterventions.None.ZeroAblate(a);
            if (normalization == NormalizationKind.None) // linear blocks hold the last norm, an intervention does not
                TinyForward.Equal(OfTask(zero), text.Losses(block => text.Without(block, [a])), 2e-4);
            Assert.NotEqual(OfTask(HeadInterventions.None)[0], OfTask(zero)[0], 4);

            double[] OfTask(HeadInterventions interventions) =>
            [
                .. Enumerable.Range(0, text.Validation.Count).Select(block => TaskMetric.Over(
                    forward.Module, forward.Text.ValidationSequences!.Part(block * perBlock, perBlock), interventions).Loss),
            ];
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Mean_TargetsAtSomePositions_IsOverThese(int layer)
    {
        TorchLibrary.EnsureLoaded();
        var sequences = Partial(700, (random, _) => [.. Enumerable.Range(1, 8).Where(_ => random.Next(3) == 0), 8]);
        var forward = new ForwardModel(TinyForward.Model(), new LaboratoryOptions().Forward, ModelText.Of(sequences));
        var (a, b) = (new HeadIndex(layer, 0), new HeadIndex(layer, 2));
        var text = forward.Pair(a, b);
        var written = new double[forward.Config.DModel];
        long count = 0;
        foreach (var block in text.Training)
        {
            using var scope = torch.NewDisposeScope();
            using var pass = forward.Module.Run(block.Inputs, ForwardParts.HeadOutputs);
            var outputs = pass.HeadOutputs[layer].select(2, 0).reshape(-1, written.Length).to(torch.ScalarType.Float64);
            long[] targets = block.AllTargets.reshape(-1).data<long>().ToArray();
            foreach (int position in Enumerable.Range(0, targets.Length).Where(position => targets[position] != TokenSequences.NoTarget))
            {
                count++;
                double[] row = outputs[position].data<double>().ToArray();
                for (int i = 0; i < row.Length; i++)
                    written[i] += row[i];
            }
        }
        Assert.Equal(text.Training.Sum(block => block.Targets.shape[0]), count);
        TinyForward.Equal([.. written.Select(sum => sum / count)], [.. text.Mean(a).data<float>().ToArray().Select(x => (double)x)], 1e-5);
    }

    [Fact]
    public void Run_TargetsAtSomePositions_EveryExperimentOnTextJudgesThem()
    {
        var text = ModelText.Of(Partial(500, (random, _) => [8, 4 + random.Next(4)]));
        var laboratory = new Laboratory(TinyForward.Model(), LaboratoryOptions.Quick, text);
        var fitted = OneOrTwoPatternsOptions.Quick with { FittedBlocks = 1, RowsPerStep = 64 };
        IExperiment[] experiments = [new PutItBack(PutItBackOptions.Quick), new HeadRoles(), new OneOrTwoPatterns(fitted)];
        foreach (var experiment in experiments)
        {
            Assert.Null(experiment.Unavailable(laboratory));
            Assert.DoesNotContain("NaN", TinyForward.Json(experiment.Run(laboratory).ToSection().Statements), StringComparison.Ordinal);
        }
        var pair = laboratory.Forward.Pair(TinyForward.A, TinyForward.B);
        long scored = pair.Validation.Sum(block => block.Targets.shape[0]);
        var figures = RoleFigures.Measure(pair, new(laboratory.Model.Vocabulary, -1));
        Assert.Equal(scored, figures.Positions([.. Enumerable.Range(0, TextContexts.Cells)]));
        Assert.Equal(laboratory.Forward.Validation(LaboratoryOptions.Quick.JudgedBlocks).TotalTargets, scored);
    }

    [Fact]
    public void Run_PutItBackOnSequences_JudgesTheirTargets()
    {
        var model = TinyForward.Model();
        var laboratory = new Laboratory(model, LaboratoryOptions.Quick, ModelText.Of(Sequences(100, targets: true)));
        var experiment = new PutItBack(PutItBackOptions.Quick);
        Assert.Null(experiment.Unavailable(laboratory));
        var result = experiment.Run(laboratory);
        Assert.NotEmpty(result.ToSection().Tables);
        Assert.All(laboratory.Counts!.ById.Take(29), count => Assert.True(count > 0));
    }

    [Theory]
    [InlineData("course's brackets", "part4_interp_on_algorithmic_model-brackets_model_state_dict.pt", "bidirectional")]
    [InlineData("course's palindromes", "july23_palindromes-palindrome_classifier.pt", "causal")]
    public void Run_ClassifierOnSequences_ChoosesHeadsByWhatTheyAreWorth(string task, string file, string direction)
    {
        TorchLibrary.EnsureLoaded();
        bool brackets = direction == "bidirectional";
        string config = Path.Combine(_folder, "config.json");
        int context = brackets ? 42 : 22;
        File.WriteAllText(config, $$"""{"attention_dir": "{{direction}}", "act_fn": "relu", "normalization_type": "LN"}""");
        var model = TransformerCheckpoint.Load(SharedFiles.PathOf("models", "real", "arena", file), new() { Config = config });
        var random = new Random(1);
        int[][] ids = [.. Enumerable.Range(0, 400).Select(_ => brackets
            ? (int[])[0, .. Enumerable.Range(0, 40).Select(_ => 3 + random.Next(2)), 2]
            : [31, .. Enumerable.Range(0, 20).Select(_ => random.Next(31)), 32])];
        int[] targets = [.. Enumerable.Repeat(TokenSequences.NoTarget, context)];
        targets[brackets ? 0 : context - 1] = 0; // nearly none is balanced, none a palindrome
        var text = ModelText.Of(new(task, ids, [.. ids.Select(_ => targets)]));
        var laboratory = new Laboratory(model, LaboratoryOptions.Quick, text);
        Assert.Null(laboratory.Forward.Unavailable);
        foreach (var experiment in ClaimExperiments.All(quick: true).Take(3).Append(new Dynamics()))
            Assert.Contains("copying is not defined", experiment.Unavailable(laboratory), StringComparison.Ordinal);

        var gate = laboratory.Gate();
        Assert.False(gate.Informative);
        var sequences = text.TrainingSequences!;
        double own = TaskMetric.Over(laboratory.Forward.Module, sequences).Loss;
        using var scope = torch.NewDisposeScope();
        var inputs = torch.tensor(sequences.Sequences.SelectMany(row => row).Select(id => (long)id).ToArray()).view(-1, context);
        var means = HeadMeansMeasure.Over(laboratory.Forward.Module, inputs, perPosition: false);
        var costs = model.Weights.Config.AllHeads.ToDictionary(head => head, head => TaskMetric.Over(
            laboratory.Forward.Module, sequences, HeadInterventions.None.MeanAblate(means, head)).Loss - own);
        var best = costs.GroupBy(one => one.Key.Layer).MaxBy(layer => layer.Sum(one => one.Value))!;
        Assert.Equal(best.Key, gate.A.Layer);
        Assert.Equal(best.MaxBy(one => one.Value).Key, gate.A);
        Assert.All(gate.Heads, row => Assert.Equal(costs[row.Head], row.Cost!.Value, 1e-6));

        var put = new PutItBack(PutItBackOptions.Quick).Run(laboratory);
        Assert.Contains("copying is not defined", put.NoCopiers, StringComparison.Ordinal);
        Assert.Contains("copying is not defined", put.NoSplit, StringComparison.Ordinal);
        Assert.DoesNotContain(put.Rows, row => row.Arm == PutBackArmName.Copier);
        var roles = new HeadRoles().Run(laboratory).ToSection();
        Assert.Equal(["principal-angles"], roles.Tables.Select(table => table.Id));
        Assert.Empty(roles.Statements);
    }

    [Fact]
    public void Unavailable_EncoderWithTargets_IsRunAndWithoutIsNot()
    {
        var text = ModelText.Of(Sequences(50, targets: true));
        Assert.Null(Of(text).Unavailable);
        Assert.Contains("both directions", Of(ModelText.Of(Sequences(50, targets: false))).Unavailable, StringComparison.Ordinal);

        ForwardModel Of(ModelText? one)
        {
            string folder = Directory.CreateDirectory(Path.Combine(_folder, "encoder")).FullName;
            var weights = ForwardCase.Open("tl_encoder").Load(folder);
            Vocabulary vocabulary = new([.. Enumerable.Range(0, weights.Config.Vocabulary).Select(id => $"{id}")]);
            return new(new(weights, vocabulary), new LaboratoryOptions().Forward, one);
        }
    }

    // The next token's successor is right where a sequence, by its place, is scored.
    private static TokenSequences Partial(int count, Func<Random, int, IEnumerable<int>> scored)
    {
        var all = Sequences(count, targets: true);
        var random = new Random(2);
        int[][] targets = [.. all.Targets!.Select((row, place) =>
        {
            var kept = scored(random, place).ToHashSet();
            return row.Select((target, position) => kept.Contains(position) ? target : TokenSequences.NoTarget).ToArray();
        })];
        return new(all.Source, all.Sequences, targets);
    }

    // Of 30 tokens; each sequence starts with 29.
    private static TokenSequences Sequences(int count, bool targets)
    {
        var random = new Random(1);
        int[][] ids = [.. Enumerable.Range(0, count).Select(_ => (int[])[29, .. Enumerable.Range(0, 8).Select(_ => random.Next(29))])];
        return new("letters", ids, targets ? [.. ids.Select(row => row.Select(id => (id + 1) % 30).ToArray())] : null);
    }
}
