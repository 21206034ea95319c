using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// A model whose two heads are an induction circuit by construction: 0.0 tells each position the token before it, 1.0 looks for where the
/// current token was before and writes what followed.
/// </summary>
internal static class InductionModel
{
    public const int V = 60, Context = 17;
    private const int D = 2 * V + Context;

    /// <param name="duplicates">Whether 1.0 looks for the current token itself, and not for where it was the token before.</param>
    public static TransformerCheckpoint Make(bool duplicates = false)
    {
        int keys = duplicates ? 0 : V;
        var weights = new InMemoryWeights();
        weights.Set(WeightKind.W_E, Ones(V, D, token => token, _ => 1));
        weights.Set(WeightKind.W_pos, Ones(Context, D, position => 2 * V + position, _ => 1));
        weights.Set(WeightKind.W_U, Ones(D, V, dimension => dimension < V ? dimension : -1, _ => 1));
        HeadIndex before = new(0, 0), induction = new(1, 0);
        weights.Set(WeightKind.W_Q, before, Ones(D, V, dimension => dimension > 2 * V ? dimension - 2 * V - 1 : -1, _ => 200));
        weights.Set(WeightKind.W_K, before, Ones(D, V, dimension => dimension >= 2 * V ? dimension - 2 * V : -1, _ => 1));
        weights.Set(WeightKind.W_V, before, Ones(D, V, dimension => dimension < V ? dimension : -1, _ => 1));
        weights.Set(WeightKind.W_O, before, Ones(V, D, token => V + token, _ => 1));
        weights.Set(WeightKind.W_Q, induction, Ones(D, V, dimension => dimension < V ? dimension : -1, _ => 200));
        weights.Set(WeightKind.W_K, induction,
            Ones(D, V, dimension => dimension >= keys && dimension < keys + V ? dimension - keys : -1, _ => 1));
        weights.Set(WeightKind.W_V, induction, Ones(D, V, dimension => dimension < V ? dimension : -1, _ => 1));
        weights.Set(WeightKind.W_O, induction, Ones(V, D, token => token, _ => 5));
        var config = new TransformerConfig
        {
            Name = "induction",
            Layers = 2,
            Heads = 1,
            DModel = D,
            DHead = V,
            Vocabulary = V,
            Context = Context,
            AttentionOnly = true,
            PositionalEmbedding = "shortformer",
        };
        return new(new TransformerWeights(config, weights), new Vocabulary([.. Enumerable.Range(0, V).Select(i => $"t{i}")]));
    }

    // A value in one column of each row, or none.
    private static Matrix Ones(int rows, int columns, Func<int, int> column, Func<int, float> value) =>
        Matrix.Create(rows, columns, (i, j) => column(i) == j ? value(i) : 0);
}
