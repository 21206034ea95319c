using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Samples.CopyingOverTraining;

/// <summary>What heads copy at a checkpoint.</summary>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Counts">The best head and the best pair, or the heads that are followed and all of them together.</param>
internal sealed record SeriesRow(SeriesCheckpoint Checkpoint, IReadOnlyList<CopyingCount> Counts);

/// <summary>Checkpoints of a series, measured.</summary>
internal static class SeriesRows
{
    /// <summary>The checkpoints that a command line asks for.</summary>
    /// <exception cref="ArgumentException">The series has none, or too few are asked for.</exception>
    /// <exception cref="CheckpointException">It asks for one that the series has not.</exception>
    public static IReadOnlyList<SeriesCheckpoint> Choose(CheckpointSeries series, string? at, int every)
    {
        var all = series.Checkpoints;
        if (all.Count == 0)
            throw new ArgumentException($"There are no checkpoints in {series.Source}: none of its names is like tokens-005M or step1000.");
        if (every < 1)
            throw new ArgumentException($"--every is at least 1, was {every}.");
        if (at is null)
            return [.. all.Where((_, i) => i % every == 0 || i == all.Count - 1)];
        return series.Choose(at.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Checkpoints;
    }

    /// <summary>What heads copy: those that are followed, or the best.</summary>
    public static SeriesRow Measure(
        SeriesCheckpoint checkpoint, TransformerWeights weights, HeadIndex[] followed, CancellationToken cancellationToken)
    {
        if (followed.Length == 0)
        {
            var found = CopyingHeads.Find(weights, new() { CancellationToken = cancellationToken });
            return new(checkpoint, found.BestPair is { } pair ? [found.BestHead, pair] : [found.BestHead]);
        }
        HeadIndex[][] sets = [.. followed.Select(head => new[] { head }), .. followed.Length > 1 ? new[] { followed } : []];
        return new(checkpoint, [.. sets.Select(Count)]);

        CopyingCount Count(HeadIndex[] set)
        {
            var scored = CpuEngine.Shared.ScoreVocabulary(
                TokenCircuit.OfHeads(weights, set, cancellationToken), new() { LabelRank = true }, cancellationToken: cancellationToken);
            var ranks = scored.LabelRanks;
            return new(set, ranks.Count(rank => rank == 1), weights.Config.Vocabulary, ranks.Average(rank => 1.0 / rank));
        }
    }

    /// <summary>A row for each checkpoint.</summary>
    public static ReportTable Table(SeriesUnit unit, IReadOnlyList<SeriesRow> rows)
    {
        int most = rows.Max(row => row.Counts.Count);
        ReportColumn[] columns =
        [
            ReportColumn.Count(unit.ToString().ToLowerInvariant()), ReportColumn.Text("checkpoint") with { Priority = 1 },
            .. Enumerable.Range(1, most).SelectMany(i => new[]
            {
                ReportColumn.Heads(Nth("heads", i)), ReportColumn.Share(Nth("top1", i)),
                ReportColumn.Number(Nth("MRR", i)) with { Priority = 1 },
            }),
        ];
        return new("checkpoints", "Copying over training", columns, [.. rows.Select(row => (ReportValue[])
        [
            row.Checkpoint.Position, row.Checkpoint.Name,
            .. row.Counts.SelectMany(count => new ReportValue[] { count.Name, count.Top1, count.MeanReciprocalRank }),
            .. Enumerable.Repeat(default(ReportValue), 3 * (most - row.Counts.Count)),
        ])])
        { Units = "all tokens, a census: no intervals" };

        string Nth(string name, int place) => most == 1 ? name : $"{name} {place}";
    }
}
