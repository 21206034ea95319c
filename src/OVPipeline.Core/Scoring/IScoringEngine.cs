namespace OVPipeline.Core;

/// <summary>
/// Scores rows against columns of the whole vocabulary, exactly, without forming the V x V map. Ranks and the order of top
/// tokens are those of exact arithmetic on the single-precision factors, whatever the machine. Thread-safe.
/// </summary>
public interface IScoringEngine
{
    /// <summary>How many rows at a time the engine likes to be given.</summary>
    int PreferredRows { get; }

    /// <summary>Scores a block of rows: <c>rows [n, r]</c> times columns <c>G [r, V]</c>.</summary>
    /// <param name="columns">The columns to score against; what the engine makes of them may be kept with them.</param>
    /// <param name="rows">n rows of r values, row by row: rows of a circuit's H, or others.</param>
    /// <param name="labels">n 0-based tokens, -1 for none; may be empty where no label figure is asked for.</param>
    /// <param name="scores">Where the results go: its options say what is computed.</param>
    /// <param name="cancellationToken">Checked within the block.</param>
    /// <exception cref="ArgumentException">
    /// Sizes do not fit, a label is out of range, or a row is not finite (the message says which).
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; the contents of <paramref name="scores"/> are then undefined.</exception>
    void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
        CancellationToken cancellationToken = default);
}
