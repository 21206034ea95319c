using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>Everything that the module does, in every combination, against plain loops.</summary>
public sealed class RandomTransformersTests
{
    private const int SeedsAtATime = 12;

    public static TheoryData<int> Dozens => [.. Enumerable.Range(0, 10)];

    [Theory]
    [MemberData(nameof(Dozens))]
    public void Forward_RandomKindOfModel_AgreesWithPlainLoops(int dozen)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        for (int seed = dozen * SeedsAtATime; seed < (dozen + 1) * SeedsAtATime; seed++)
        {
            using var scope = torch.NewDisposeScope();
            var weights = RandomTransformers.Draw(seed);
            int length = new Random(seed).Next(1, RandomTransformers.Context + 1);
            int[][] sequences = TestModels.Sequences(weights.Config, length: length, seed: seed);
            double[] expected = [.. sequences.SelectMany(tokens => new PlainForward(weights.Config, weights).Run(tokens).Logits)
                .SelectMany(row => row)];
            using var model = Transformer.FromWeights(weights);
            double rough = TestModels.Difference(expected, model.forward(TestModels.Batch(sequences)));
            model.to(torch.ScalarType.Float64);
            double exact = TestModels.DoubleDifference(expected, model.forward(TestModels.Batch(sequences)));
            double size = 1 + expected.Max(Math.Abs);
            Assert.True(exact / size < 1e-9 && rough / size < 2e-3, $"{exact} and {rough} of {size}: {seed} {weights.Config}");
        }
    }

    [Theory]
    [MemberData(nameof(Dozens))]
    public void Residual_MaskOfRandomKindOfModel_IsThatOfEachSequenceAlone(int dozen)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        const int Long = RandomTransformers.Context, Short = 4;
        for (int seed = dozen * SeedsAtATime; seed < (dozen + 1) * SeedsAtATime; seed++)
        {
            using var scope = torch.NewDisposeScope();
            var weights = RandomTransformers.Draw(seed);
            if (weights.Config.Forward!.Rotary?.Scaling?.Kind == RotaryScalingKind.LongRope)
                continue; // whose frequencies are those of the longest sequence
            using var model = Transformer.FromWeights(weights);
            model.to(torch.ScalarType.Float64);
            int[][] sequences = TestModels.Sequences(weights.Config, 2, Long, seed);
            long[] ones = [.. Enumerable.Range(0, 2 * Long).Select(i => i < Long + Short ? 1L : 0L)];
            var batch = model.Residual(TestModels.Batch(sequences), torch.tensor(ones, [2, Long]));
            Alone(sequences[0], batch.select(0, 0));
            Alone(sequences[1][..Short], batch.select(0, 1).narrow(0, 0, Short));

            void Alone(int[] tokens, torch.Tensor found)
            {
                var own = model.Residual(TestModels.Batch([tokens])).squeeze(0);
                double difference = (own - found).abs().max().item<double>() / own.abs().max().item<double>();
                Assert.True(difference < 1e-9, $"{difference}: {seed} {weights.Config}");
            }
        }
    }

    [Theory]
    [InlineData(new long[] { 1, 0, 1 })]
    [InlineData(new long[] { 0, 1, 1 })]
    [InlineData(new long[] { 0, 0, 0 })]
    [InlineData(new long[] { 1, 1, 2 })]
    [InlineData(new long[] { 1, 1 })]
    public void Residual_MaskThatIsNotOnesAndThenZeros_IsRefused(long[] ones)
    {
        NativeFiles.SkipWithoutBackend();
        using var model = Transformer.FromWeights(RandomTransformers.Draw(1));
        using var scope = torch.NewDisposeScope();
        var tokens = TestModels.Batch([[1, 2, 3]]);
        var mask = torch.tensor(ones, [1, ones.Length]);
        Assert.Contains("mask must be", Assert.Throws<ArgumentException>(() => model.Residual(tokens, mask)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Dozens))]
    public void Weights_OfRandomKindOfModel_AreThoseItWasMadeOf(int dozen)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        var weights = RandomTransformers.Draw(dozen);
        using var model = Transformer.FromWeights(weights);
        foreach (var kind in Enum.GetValues<WeightKind>().Where(weights.Has))
            foreach (var head in weights.Config.AllHeads.Where(head => WeightNames.IsOfHeads(kind) || head.Head == 0))
            {
                var own = WeightNames.IsOfHeads(kind) || model.Shape.NameOf(kind, 1) != model.Shape.NameOf(kind, 0) ? head : default;
                Assert.Equal(weights.Read(kind, own).Values.ToArray(), model.Weights.Read(kind, own).Values.ToArray());
            }
    }
}
