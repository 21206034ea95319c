namespace OVPipeline.Core;

/// <summary>Scores many tokens of a circuit, block by block, with an engine that scores blocks.</summary>
public static class TokenScoring
{
    /// <summary>Scores every source token against its own copy: row i is token i, and its label is i.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="progress">Told after every block.</param>
    /// <param name="cancellationToken">Checked within a block.</param>
    /// <returns>V rows.</returns>
    /// <exception cref="ArgumentException">
    /// Probabilities are asked for: V x V_out values are never held. Or figures of labels are, of a circuit whose columns are other tokens
    /// than its rows (<see cref="TokenCircuit.NoCopying"/>).
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ScoredRows ScoreVocabulary(this IScoringEngine engine, TokenCircuit circuit, ScoringOptions options,
        IProgress<ScoringProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(options);
        if ((options.LabelRank || options.LabelLogLoss) && circuit.NoCopying is { } reason)
            throw new ArgumentException(reason, nameof(options));
        int[] tokens = [.. Enumerable.Range(0, circuit.Vocabulary)];
        return engine.ScoreTokens(circuit, tokens, circuit.NoCopying is null ? tokens : [], options, progress, cancellationToken);
    }

    /// <summary>Scores the rows of H of chosen source tokens.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="tokens">n 0-based source tokens, in any order and as often as wanted.</param>
    /// <param name="labels">n 0-based output tokens, -1 for none; may be empty where no label figure is asked for.</param>
    /// <param name="options">What to compute.</param>
    /// <param name="progress">Told after every block.</param>
    /// <param name="cancellationToken">Checked within a block.</param>
    /// <returns>n rows, row i that of <c>tokens[i]</c>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A token does not exist.</exception>
    /// <exception cref="ArgumentException">
    /// Numbers of tokens and labels differ, a label is out of range, or probabilities are asked for: those are V_out values a row, to be
    /// scored block by block.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ScoredRows ScoreTokens(this IScoringEngine engine, TokenCircuit circuit, ReadOnlySpan<int> tokens,
        ReadOnlySpan<int> labels, ScoringOptions options, IProgress<ScoringProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Probabilities)
            throw new ArgumentException("Probabilities are V_out values a row: score them block by block.", nameof(options));
        if (labels.Length != tokens.Length && labels.Length > 0)
        {
            string message = $"One label a token is needed, -1 for none: {tokens.Length} tokens, {labels.Length} labels.";
            throw new ArgumentException(message, nameof(labels));
        }
        var all = new ScoredRows(options, tokens.Length, circuit.OutputVocabulary);
        var block = new ScoredRows(options, Math.Min(tokens.Length, engine.PreferredRows), circuit.OutputVocabulary);
        for (int first = 0; first < tokens.Length; first += block.Capacity)
        {
            int count = Math.Min(block.Capacity, tokens.Length - first);
            int[] blockLabels = labels.IsEmpty ? [] : labels.Slice(first, count).ToArray();
            engine.Score(circuit.Columns, Rows(circuit.H, tokens.Slice(first, count)), blockLabels, block, cancellationToken);
            all.CopyFrom(block, first, count);
            progress?.Report(new(first + count, tokens.Length));
        }
        return all;
    }

    // Tokens in order, as all of a vocabulary are, need no copy.
    private static ReadOnlyMemory<float> Rows(Matrix h, ReadOnlySpan<int> tokens)
    {
        int first = tokens[0];
        bool areInOrder = first >= 0 && first <= h.Rows - tokens.Length;
        for (int i = 0; areInOrder && i < tokens.Length; i++)
            areInOrder = tokens[i] == first + i;
        return areInOrder ? h.Data.AsMemory(first * h.Columns, tokens.Length * h.Columns) : h.SelectRows(tokens).Data;
    }
}
