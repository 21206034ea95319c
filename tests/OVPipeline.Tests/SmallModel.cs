using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Tests;

/// <summary>A random model small enough to check by hand: V 120, d_model 16, 2 layers of 3 heads of 4.</summary>
internal static class SmallModel
{
    public static TransformerCheckpoint Create(int vocabulary = 120, int dModel = 16, int seed = 7, double embeddingsAgree = 1)
    {
        var random = new Random(seed);
        float Next() => (float)(random.NextDouble() * 2 - 1);
        Matrix Random(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => Next());
        var config = new TransformerConfig
        {
            Name = "small",
            Layers = 2,
            Heads = 3,
            DModel = dModel,
            DHead = 4,
            Vocabulary = vocabulary,
            AttentionOnly = true,
        };
        var weights = new InMemoryWeights();
        var embedding = Random(vocabulary, dModel);
        weights.Set(WeightKind.W_E, embedding);
        weights.Set(WeightKind.W_U,
            Matrix.Create(dModel, vocabulary, (i, j) => (float)(embeddingsAgree * embedding[j, i]) + 0.3f * Next()));
        foreach (var head in config.AllHeads)
        {
            var value = Random(dModel, config.DHead);
            weights.Set(WeightKind.W_V, head, value);
            // Head 1.0 copies as well as its rank allows; the others do what they do.
            weights.Set(WeightKind.W_O, head, head == new HeadIndex(1, 0) ? value.Transpose() : Random(config.DHead, dModel));
        }
        return new(new TransformerWeights(config, weights, ["W_V halved"]),
            new Vocabulary([.. Enumerable.Range(0, vocabulary).Select(i => $"t{i}")]));
    }

    /// <summary>All V x V logits of a circuit in double precision, the slow way.</summary>
    public static double[][] Logits(TokenCircuit circuit) => [.. Enumerable.Range(0, circuit.Vocabulary)
        .Select(i => Enumerable.Range(0, circuit.Vocabulary)
            .Select(j => Enumerable.Range(0, circuit.Rank).Sum(k => (double)circuit.H[i, k] * circuit.G[k, j])).ToArray())];

    /// <summary>1-based rank of a label in a row of logits, ties to the lower token.</summary>
    public static int Rank(double[] logits, int label) =>
        1 + Enumerable.Range(0, logits.Length).Count(j => logits[j] > logits[label] || logits[j] == logits[label] && j < label);

    /// <summary>-log softmax of a label.</summary>
    public static double LogLoss(double[] logits, int label) =>
        Math.Log(logits.Sum(l => Math.Exp(l - logits.Max()))) + logits.Max() - logits[label];

    /// <summary>Data scored by the sum of heads.</summary>
    public static IDataView Scored(MLContext ml, TransformerCheckpoint model, int k, params HeadIndex[] heads)
    {
        var tokens = ml.Data.LoadVocabulary(model);
        return ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, heads).Append(ml.Transforms.ScoreTopK(k: k)).Fit(tokens)
            .Transform(tokens);
    }
}
