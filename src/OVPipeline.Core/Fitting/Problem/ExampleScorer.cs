namespace OVPipeline.Core;

/// <summary>Scores examples of pairs of factors of one rank. Only the rows that are asked for are made, a block at a time.</summary>
internal sealed class ExampleScorer(FitProblem problem, int rank, IScoringEngine engine)
{
    // The rows of so many of an engine's blocks are made at a time: products of more rows are no faster, and would take more memory.
    private const int BlocksAtATime = 4;

    private Matrix _sources = new(0, 0), _rows = new(0, 0);
    private OutputColumns? _columns;

    /// <summary>The engine.</summary>
    public IScoringEngine Engine => engine;

    /// <summary>
    /// The same by an engine whose losses have the same bits on every processor, as ranks and top tokens always have. Not for
    /// many examples: it takes longer where vectors are short.
    /// </summary>
    public ExampleScorer WithEqualBits() => engine is CpuEngine cpu ? new(problem, rank, cpu.WithEqualBits()) : this;

    /// <summary>The columns <c>B W_U</c> of a pair, to score rows against; overwritten by the next call.</summary>
    public OutputColumns Columns(FactoredMatrix residual, CancellationToken cancellationToken)
    {
        var g = _columns?.Rank == residual.Rank ? _columns.G : new(residual.Rank, problem.OutputVocabulary);
        BlockedProduct.Into(g, PackSource.RowsOf(residual.B), PackSource.ColumnsOf(problem.Unembedding), cancellationToken);
        return _columns = new(g, "fit", _columns);
    }

    /// <summary>Rows of <c>W_E A</c> for examples, one after the other; overwritten by the next call.</summary>
    public ReadOnlyMemory<float> Rows(FactoredMatrix residual, ReadOnlyMemory<int> examples, CancellationToken cancellationToken)
    {
        int count = examples.Length;
        if (_rows.Rows < count)
        {
            _sources = new(count, problem.Width);
            _rows = new(count, rank);
        }
        Parallel.For(0, count, i =>
            problem.Embedding.Row(problem.Tokens[examples.Span[i]]).CopyTo(_sources.Data.AsSpan(i * problem.Width, problem.Width)));
        BlockedProduct.Into(_rows, PackSource.RowsOf(_sources, 0, count), PackSource.ColumnsOf(residual.A), cancellationToken);
        return _rows.Data.AsMemory(0, count * rank);
    }

    /// <summary>Scores examples, and hands the results over block by block.</summary>
    /// <param name="residual">The pair.</param>
    /// <param name="examples">Which examples.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="take">Takes a result: the example, the scores, and the row there that is the example's.</param>
    /// <param name="cancellationToken">Checked within a block.</param>
    public void Score(FactoredMatrix residual, int[] examples, ScoringOptions options, Action<int, ScoredRows, int> take,
        CancellationToken cancellationToken)
    {
        var columns = Columns(residual, cancellationToken);
        var scores = new ScoredRows(options, Math.Min(BlocksAtATime * engine.PreferredRows, examples.Length), problem.OutputVocabulary);
        for (int from = 0; from < examples.Length; from += scores.Capacity)
        {
            int count = Math.Min(scores.Capacity, examples.Length - from);
            int[] labels = [.. examples.AsSpan(from, count).ToArray().Select(i => problem.Labels[i])];
            engine.Score(columns, Rows(residual, examples.AsMemory(from, count), cancellationToken), labels, scores, cancellationToken);
            for (int i = 0; i < count; i++)
                take(examples[from + i], scores, i);
        }
    }
}
