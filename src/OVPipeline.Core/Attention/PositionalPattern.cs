namespace OVPipeline.Core;

/// <summary>
/// What a head would attend to if it saw positions alone: <c>softmax(W_pos W_Q W_K' W_pos' / scale)</c>, the model's own scale,
/// sqrt(d_head) unless it says otherwise, and causal unless the model is bidirectional. Rows are query positions, columns key positions.
/// Tokens, biases, normalization and caps are not in it; rotary and other relative positions have no W_pos.
/// </summary>
public sealed class PositionalPattern
{
    private PositionalPattern(Matrix attention) => Attention = attention;

    /// <summary>The pattern, [n, n]: each row sums to 1, and is 0 after the diagonal where the model is causal.</summary>
    public Matrix Attention { get; }

    /// <summary>Number of positions, n.</summary>
    public int Positions => Attention.Rows;

    /// <summary>The pattern of a head.</summary>
    /// <param name="model">A model with W_pos, W_Q and W_K.</param>
    /// <param name="head">The head.</param>
    /// <param name="positions">The first so many positions, at most all of n_ctx; the pattern takes their square in values.</param>
    /// <param name="cancellationToken">Checked within the product.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head, or the number of positions is below 1.</exception>
    /// <exception cref="InvalidOperationException">The model has no W_pos, or no W_Q and W_K.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static PositionalPattern Of(
        TransformerWeights model, HeadIndex head, int positions = 2048, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        if (!model.Has(WeightKind.W_pos))
            throw new InvalidOperationException($"{model.Config.Name} has no W_pos: its heads have no positional patterns.");
        var circuit = model.QKCircuit(head);
        var embedding = model.Read(WeightKind.W_pos);
        if (positions < embedding.Rows)
            embedding = embedding.SelectRows([.. Enumerable.Range(0, positions)]);
        var scores = MatrixProduct.Multiply(MatrixProduct.Multiply(embedding, circuit.A, cancellationToken),
            MatrixProduct.MultiplyTranspose(circuit.B, embedding, cancellationToken), cancellationToken);
        double scale = 1 / model.Config.AttentionScaleOf(head.Layer);
        for (int query = 0; query < scores.Rows; query++)
            Softmax(scores.Data.AsSpan(query * scores.Columns, scores.Columns), model.Config.Bidirectional ? scores.Columns : query + 1,
                scale);
        return new(scores);
    }

    /// <summary>
    /// Mean attention to the position a distance before the query, over all queries that have one: at 1, the mean of the sub-diagonal.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No query has a position so far before it.</exception>
    public double MeanAtDistance(int distance)
    {
        if (distance < 0 || distance >= Positions)
            throw new ArgumentOutOfRangeException(nameof(distance), distance, $"The distance must be in [0, {Positions}), was {distance}.");
        double sum = 0;
        for (int query = distance; query < Positions; query++)
            sum += Attention[query, query - distance];
        return sum / (Positions - distance);
    }

    /// <summary>Mean attention to the first position, over all queries after it; 1 where there is no other position.</summary>
    public double MeanOnFirst()
    {
        double sum = 0;
        for (int query = 1; query < Positions; query++)
            sum += Attention[query, 0];
        return Positions == 1 ? 1 : sum / (Positions - 1);
    }

    private static void Softmax(Span<float> row, int seen, double scale)
    {
        double highest = double.NegativeInfinity, sum = 0;
        foreach (float score in row[..seen])
            highest = Math.Max(highest, score);
        for (int key = 0; key < seen; key++)
            sum += Math.Exp(scale * (row[key] - highest));
        for (int key = 0; key < seen; key++)
            row[key] = (float)(Math.Exp(scale * (row[key] - highest)) / sum);
        row[seen..].Clear();
    }
}
