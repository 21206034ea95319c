using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch.Tests;

/// <summary>Small models with random weights, biases and gains too.</summary>
internal static class TestModels
{
    public static AttentionOnlyConfig Config(PositionKind positions = PositionKind.Shortformer,
        NormalizationKind normalization = NormalizationKind.None, bool biases = false, int? dValue = null, int layers = 2) => new()
        {
            Name = "small",
            Vocabulary = 23,
            DModel = 10,
            Layers = layers,
            Heads = 3,
            DHead = 4,
            DValue = dValue,
            ContextLength = 9,
            Positions = positions,
            Normalization = normalization,
            Biases = biases,
        };

    /// <summary>Every kind that has a forward pass, the sizes that can differ among them.</summary>
    public static IEnumerable<AttentionOnlyConfig> Configs =>
    [
        Config(), Config(PositionKind.Standard), Config(layers: 1), Config(layers: 3, dValue: 2),
        Config(PositionKind.Standard, dValue: 6, biases: true), Config(normalization: NormalizationKind.LN),
        Config(PositionKind.Standard, NormalizationKind.LN, biases: true, layers: 3),
        Config(normalization: NormalizationKind.LNPre, biases: true, dValue: 1, layers: 1), Config() with { Bidirectional = true },
        Config(PositionKind.Standard, NormalizationKind.LN) with { AttentionScale = 1, NormEpsilon = 0.1 },
        Config(biases: true) with { AttentionScale = 3, ScaleByInverseLayer = true },
        Config(PositionKind.Standard, NormalizationKind.LNPre) with { Bidirectional = true, ScaleByInverseLayer = true, NormEpsilon = 0.3 },
    ];

    /// <summary>Those that only folding makes: no file says what they are.</summary>
    public static IEnumerable<AttentionOnlyConfig> FoldedConfigs =>
    [
        Config(normalization: NormalizationKind.LN) with { FoldedValueGains = true },
        Config(normalization: NormalizationKind.LN, biases: true, dValue: 3) with { FoldedValueGains = true, NormEpsilon = 0.1 },
    ];

    /// <summary>A model whose every weight is random: no zero bias or gain of 1 hides an error.</summary>
    public static Transformer Random(AttentionOnlyConfig config, long seed = 1)
    {
        NativeFiles.SkipWithoutBackend();
        var model = new Transformer(
            config, new() { Embedding = 1, Position = 1, Attention = 1.5, Output = 1.5, Unembedding = 1 }, seed);
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var random = new torch.Generator((ulong)seed + 100);
        foreach (var (name, parameter) in model.named_parameters())
            if (parameter.ndim == 1 || name.Contains(".b_", StringComparison.Ordinal))
                parameter.add_(torch.randn(parameter.shape, generator: random).Times(0.3), Scalars.One);
        return model;
    }

    /// <summary>Sequences of token ids, by seed.</summary>
    public static int[][] Sequences(TransformerConfig config, int count = 2, int? length = null, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count)
            .Select(_ => Enumerable.Range(0, length ?? config.Context).Select(_ => random.Next(config.Vocabulary)).ToArray())];
    }

    public static torch.Tensor Batch(int[][] sequences) =>
        torch.tensor([.. sequences.SelectMany(row => row).Select(id => (long)id)], [sequences.Length, sequences[0].Length]);

    /// <summary>The greatest difference from plain values, given in the tensor's order.</summary>
    public static double Difference(IEnumerable<double> expected, torch.Tensor actual)
    {
        using var flat = actual.detach().cpu().contiguous();
        float[] values = flat.data<float>().ToArray();
        double[] plain = [.. expected];
        Xunit.Assert.Equal(plain.Length, values.Length);
        return plain.Zip(values).Max(pair => Math.Abs(pair.First - pair.Second));
    }

    /// <summary>The same of a tensor of doubles.</summary>
    public static double DoubleDifference(IEnumerable<double> expected, torch.Tensor actual)
    {
        using var flat = actual.detach().cpu().contiguous();
        double[] values = flat.data<double>().ToArray();
        double[] plain = [.. expected];
        Xunit.Assert.Equal(plain.Length, values.Length);
        return plain.Zip(values).Max(pair => Math.Abs(pair.First - pair.Second));
    }
}
