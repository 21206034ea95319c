namespace OVPipeline.Core;

/// <summary>
/// The columns <c>G [r, V_out]</c>, one per output token, that an engine scores rows of r values against: those of a token circuit
/// (<see cref="TokenCircuit.Columns"/>), or of a pair that has no circuit yet, as in a fit. Immutable; what an engine makes of them to
/// score is made on first use and kept with them (<see cref="Prepared"/>). Thread-safe.
/// </summary>
public sealed class OutputColumns
{
    private readonly Dictionary<Type, object> _prepared = [];
    private readonly Lazy<double[]> _mean;
    private OutputColumns? _before;

    /// <summary>Columns from a matrix.</summary>
    /// <param name="g">G [r, V_out].</param>
    /// <exception cref="ArgumentException">G has no rows, or is not finite (the message names the row).</exception>
    public OutputColumns(Matrix g) : this(g, nameof(OutputColumns))
    {
    }

    internal OutputColumns(Matrix g, string owner, OutputColumns? before = null)
    {
        ArgumentNullException.ThrowIfNull(g);
        if (g.Rows == 0)
            throw new ArgumentException($"{owner}: G is [r, V] with r at least 1, was {g}.", nameof(g));
        if (g.FirstNonFiniteRow() is >= 0 and int k)
            throw new ArgumentException($"{owner}: row {k} of G is not finite.", nameof(g));
        G = g;
        _before = before;
        before?._before = null;
        _mean = new(() => MeanOf(g));
    }

    /// <summary>The columns as a matrix, [r, V_out].</summary>
    public Matrix G { get; }

    /// <summary>Values of a column, and so of a row that is scored, r.</summary>
    public int Rank => G.Rows;

    /// <summary>Output tokens, V_out.</summary>
    public int Vocabulary => G.Columns;

    /// <summary>The mean column, r values: a row's product with it is the row's mean logit.</summary>
    internal IReadOnlyList<double> Mean => _mean.Value;

    /// <summary>
    /// What an engine makes of the columns before it scores, such as columns packed for its kernels: made by the first call and kept for as
    /// long as the columns are, one object of each type.
    /// </summary>
    /// <typeparam name="T">A type of the engine's own. It is not disposed.</typeparam>
    /// <param name="prepare">Makes it from G; other callers wait meanwhile.</param>
    public T Prepared<T>(Func<Matrix, T> prepare) where T : class
    {
        ArgumentNullException.ThrowIfNull(prepare);
        lock (_prepared)
        {
            if (_prepared.TryGetValue(typeof(T), out object? kept))
                return (T)kept;
            var made = prepare(G);
            _prepared.Add(typeof(T), made);
            return made;
        }
    }

    /// <summary>
    /// What was prepared of the columns before these, which nobody scores against any more: its memory can be used again. Null for none.
    /// </summary>
    internal T? TakeBefore<T>() where T : class =>
        _before is not null && _before._prepared.Remove(typeof(T), out object? kept) ? (T)kept : null;

    private static double[] MeanOf(Matrix g)
    {
        var mean = new double[g.Rows];
        for (int k = 0; k < mean.Length; k++)
        {
            foreach (float value in g.Row(k))
                mean[k] += value;
            mean[k] /= g.Columns;
        }
        return mean;
    }

    /// <summary>The shape, as <c>[r, V_out]</c>.</summary>
    public override string ToString() => G.ToString();
}
