using System.Collections.Concurrent;

namespace OVPipeline.Core;

/// <summary>
/// Room for blocks of rows, one for each thread that scores, kept with the results that are written from it: who scores one block of rows
/// after the other takes these megabytes once.
/// </summary>
internal sealed class ScoringBlocks(PackedColumns columns, ScoringOptions options, SavedWork savings, bool isFused, int rows)
{
    private readonly ConcurrentBag<ScoringBlock> _idle = [];

    /// <summary>Those kept with results, if they are for these columns and for so many rows each; else new ones.</summary>
    public static ScoringBlocks Of(ScoredRows scores, PackedColumns columns, SavedWork savings, bool isFused, int rows) =>
        scores.Blocks is { } kept && kept.Serve(columns, savings, isFused, rows)
            ? kept
            : scores.Blocks = new(columns, scores.Options, savings, isFused, rows);

    /// <summary>One that nobody has.</summary>
    public ScoringBlock Take() => _idle.TryTake(out var block) ? block : new(columns, options, savings, isFused, rows);

    /// <summary>Gives one back.</summary>
    public void GiveBack(ScoringBlock block) => _idle.Add(block);

    private bool Serve(PackedColumns wanted, SavedWork wantedSavings, bool wantedFused, int wantedRows) =>
        ReferenceEquals(columns, wanted) && (savings, isFused) == (wantedSavings, wantedFused) && rows >= wantedRows;
}
