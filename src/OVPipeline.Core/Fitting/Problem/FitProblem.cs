namespace OVPipeline.Core;

/// <summary>
/// Validated inputs of a fit: row i maps token <c>Tokens[i]</c> to output <c>Labels[i]</c> with weight <c>Weights[i]</c>, a share of the
/// whole (weights sum to 1). Rows of weight zero are gone.
/// </summary>
internal sealed class FitProblem
{
    private Matrix? _sources;

    private FitProblem(Matrix embedding, Matrix unembedding, int[] tokens, int[] labels, double[] weights)
    {
        Embedding = embedding;
        Unembedding = unembedding;
        Tokens = tokens;
        Labels = labels;
        Weights = weights;
        Outputs = unembedding.Transpose();
        CoversVocabulary = tokens.Length == embedding.Rows && !tokens.Where((token, i) => token != i).Any();
    }

    /// <summary>W_E [V, d_model].</summary>
    public Matrix Embedding { get; }

    /// <summary>W_U [d_model, V_out].</summary>
    public Matrix Unembedding { get; }

    /// <summary>W_U' [V_out, d_model]: a row per output token.</summary>
    public Matrix Outputs { get; }

    public int[] Tokens { get; }

    public int[] Labels { get; }

    public double[] Weights { get; }

    /// <summary>Whether the rows are all tokens in order, so that the rows of W_E need no gathering.</summary>
    public bool CoversVocabulary { get; }

    public int Rows => Tokens.Length;

    /// <summary>Output tokens, V_out: what logits and labels are of.</summary>
    public int OutputVocabulary => Unembedding.Columns;

    public int Width => Embedding.Columns;

    /// <summary>The rows' embeddings, [rows, d_model]; gathered once where they are not W_E itself.</summary>
    public Matrix Sources => _sources ??= CoversVocabulary ? Embedding : Embedding.SelectRows(Tokens);

    /// <exception cref="ArgumentException">Shapes or tokens do not fit each other, or a weight is not finite.</exception>
    public static FitProblem Create(Matrix embedding, Matrix unembedding, FitExamples examples)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        ArgumentNullException.ThrowIfNull(unembedding);
        ArgumentNullException.ThrowIfNull(examples);
        bool isEmpty = embedding.Rows == 0 || embedding.Columns == 0 || unembedding.Columns == 0;
        if (isEmpty || embedding.Columns != unembedding.Rows)
        {
            string message = $"W_E is [V, d_model] and W_U is [d_model, V_out]; were {embedding} and {unembedding}.";
            throw new ArgumentException(message, nameof(unembedding));
        }
        if (embedding.FirstNonFiniteRow() is >= 0 and int token)
            throw new ArgumentException($"Row {token} of W_E is not finite.", nameof(embedding));
        if (unembedding.FirstNonFiniteRow() is >= 0 and int dimension)
            throw new ArgumentException($"Row {dimension} of W_U is not finite.", nameof(unembedding));
        RequireTokens("token", examples.Tokens, embedding.Rows, nameof(examples));
        RequireTokens("label", examples.Labels, unembedding.Columns, nameof(examples));
        if (examples.Weights is not { } weights)
        {
            int count = examples.Tokens.Length;
            return new(embedding, unembedding, examples.Tokens, examples.Labels, [.. Enumerable.Repeat(1.0 / count, count)]);
        }
        int[] kept = [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] > 0)];
        double total = kept.Sum(i => (double)weights[i]);
        return new(embedding, unembedding, [.. kept.Select(i => examples.Tokens[i])], [.. kept.Select(i => examples.Labels[i])],
            [.. kept.Select(i => weights[i] / total)]);
    }

    private static void RequireTokens(string what, int[] tokens, int vocabulary, string parameter)
    {
        for (int i = 0; i < tokens.Length; i++)
            if ((uint)tokens[i] >= (uint)vocabulary)
            {
                string message = $"Example {i}: {what} must be in [0, {vocabulary}), was {tokens[i]}.";
                throw new ArgumentOutOfRangeException(parameter, tokens[i], message);
            }
    }
}
