using System.Collections.Concurrent;

namespace OVPipeline.Core;

/// <summary>
/// Room for blocks of rows, one for each thread that scores, kept with the results that are written from it: who scores one block of rows
/// after the other takes these megabytes once.
/// </summary>
internal sealed class ScoringBlocks
{
    private readonly ConcurrentBag<ScoringBlock> _idle = [];
    private readonly PackedColumns _columns;
    private readonly SavedWork _savings;
    private readonly bool _isFused;
    private readonly int _rows;
    private readonly ScoringOptions _options;

    private ScoringBlocks(PackedColumns columns, ScoringOptions options, SavedWork savings, bool isFused, int rows)
    {
        _columns = columns;
        _options = options;
        _savings = savings;
        _isFused = isFused;
        _rows = rows;
    }

    /// <summary>Those kept with results, if they are for these columns and for so many rows each; else new ones.</summary>
    public static ScoringBlocks Of(ScoredRows scores, PackedColumns columns, SavedWork savings, bool isFused, int rows)
    {
        bool serves = scores.Blocks is { } kept && ReferenceEquals(kept._columns, columns)
            && (kept._savings, kept._isFused) == (savings, isFused) && kept._rows >= rows;
        return serves ? scores.Blocks! : scores.Blocks = new(columns, scores.Options, savings, isFused, rows);
    }

    /// <summary>One that nobody has.</summary>
    public ScoringBlock Take() => _idle.TryTake(out var block) ? block : new(_columns, _options, _savings, _isFused, _rows);

    /// <summary>Gives one back.</summary>
    public void GiveBack(ScoringBlock block) => _idle.Add(block);
}
