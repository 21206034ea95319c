using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class DirectLogitsTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60).Where(seed => !RandomTransformers.Draw(seed).Config.PostNorm)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Over_RandomKindOfModel_PartsSumToTheLogit(int seed)
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        var weights = RandomTransformers.Draw(seed);
        var config = weights.Config with { Forward = weights.Config.Forward! with { LogitCap = null } };
        using var model = Transformer.FromWeights(new(config, new Same(weights)));
        model.to(torch.ScalarType.Float64);
        int[] tokens = TestModels.Sequences(config, 1, seed: seed)[0];
        int[] outputs = [.. tokens.Select(token => (token + 3) % config.OutputVocabulary)];
        using var found = DirectLogits.Over(model, TestModels.Batch([tokens]), TestModels.Batch([outputs]));
        var plain = new PlainForward(config, weights).Run(tokens);
        double[] logits = [.. plain.Logits.Select((row, t) => row[outputs[t]])];
        double size = 1 + logits.Max(Math.Abs);
        Assert.InRange(TestModels.DoubleDifference(logits, found.Logits) / size, 0, 1e-9);
        if (weights.Has(WeightKind.ln1_post_w))
            return;
        // Each head's part by the measured norm of the plain pass.
        double[] heads = [.. tokens.SelectMany((_, t) => config.AllHeads.Select(head => Part(plain.Outputs[head][t], t)))];
        Assert.InRange(TestModels.DoubleDifference(heads, found.Heads) / size, 0, 1e-9);

        double Part(double[] written, int t)
        {
            double[] stream = plain.Streams[^1][t];
            bool norm = config.FinalNormalization is not null;
            bool centred = config.FinalNormalization is "LN" or "LNPre";
            double mean = centred ? stream.Average() : 0;
            double sigma = norm ? Math.Sqrt(stream.Average(value => (value - mean) * (value - mean)) + config.NormEpsilon) : 1;
            double own = centred ? written.Average() : 0;
            return config.Forward!.ResidualFactor * config.Forward.LogitFactor * written.Select((value, i) =>
                (value - own) / sigma * Gain(i) * weights.W_U[i, outputs[t]]).Sum();
        }

        double Gain(int i) => weights.ReadsGains(WeightKind.W_U) ? weights.Read(WeightKind.ln_final_w)[0, i] : 1;
    }

    [Fact]
    public void Over_StreamThatPassesNorms_IsRefused()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        int seed = Enumerable.Range(0, 200).First(seed => RandomTransformers.Draw(seed).Config.PostNorm);
        using var model = Transformer.FromWeights(RandomTransformers.Draw(seed));
        using var scope = torch.NewDisposeScope();
        var tokens = TestModels.Batch([[1, 2]]);
        var error = Assert.Throws<InvalidOperationException>(() => DirectLogits.Over(model, tokens, tokens));
        Assert.Contains("passes norms", error.Message, StringComparison.Ordinal);
    }

    private sealed class Same(TransformerWeights weights) : IWeightSource
    {
        public bool Has(WeightKind kind) => weights.Has(kind);

        public Matrix Read(WeightKind kind, HeadIndex head = default) => weights.Read(kind, head);
    }
}
