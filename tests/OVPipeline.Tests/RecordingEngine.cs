using OVPipeline.Core;

namespace OVPipeline.Tests;

/// <summary>The CPU engine, which keeps what it was asked.</summary>
internal sealed class RecordingEngine(int preferredRows = 64) : IScoringEngine
{
    public List<ScoringOptions> Asked { get; } = [];

    /// <summary>The rows as they were handed over: their memory may be another block's by now.</summary>
    public List<ReadOnlyMemory<float>> Rows { get; } = [];

    /// <summary>Whether a row held something other than a finite number.</summary>
    public bool SawMissing { get; private set; }

    public int PreferredRows => preferredRows;

    public void Score(OutputColumns columns, ReadOnlyMemory<float> rows, ReadOnlyMemory<int> labels, ScoredRows scores,
        CancellationToken cancellationToken = default)
    {
        Asked.Add(scores.Options);
        Rows.Add(rows);
        foreach (float value in rows.Span)
            SawMissing |= !float.IsFinite(value);
        CpuEngine.Shared.Score(columns, rows, labels, scores, cancellationToken);
    }
}
