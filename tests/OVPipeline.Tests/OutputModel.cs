using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Atlas;

namespace OVPipeline.Tests;

/// <summary>The model of <see cref="AtlasModel"/>, V 60, with an unembedding to outputs that are not its tokens.</summary>
internal static class OutputModel
{
    public const int V = 60;

    public static TransformerCheckpoint Create(int outputs = 3)
    {
        InMemoryWeights source = null!;
        var random = new Random(11);
        var atlas = AtlasModel.Create(V, change: weights =>
        {
            weights.Set(WeightKind.W_U, Matrix.Create(16, outputs, (_, _) => (float)(random.NextDouble() * 2 - 1)));
            source = weights;
        });
        var config = atlas.Weights.Config with { OutputVocabulary = outputs };
        return new(new TransformerWeights(config, source), atlas.Vocabulary)
        {
            OutputVocabulary = new([.. Enumerable.Range(0, outputs).Select(Name)]),
        };
    }

    public static string Name(int output) => $"class {output}";

    /// <summary>A label for each token; every seventh has none.</summary>
    public static int? LabelOf(int token, int outputs) => token % 7 == 6 ? null : (5 * token + 1) % outputs;

    /// <summary>All V x V_out logits of a circuit in double precision, the slow way.</summary>
    public static double[][] Logits(TokenCircuit circuit) => [.. Enumerable.Range(0, circuit.Vocabulary)
        .Select(i => Enumerable.Range(0, circuit.OutputVocabulary)
            .Select(j => Enumerable.Range(0, circuit.Rank).Sum(k => (double)circuit.H[i, k] * circuit.G[k, j])).ToArray())];
}
