using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

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
                TokenCircuit.OfHeads(weights, set), new() { LabelRank = true }, cancellationToken: cancellationToken);
            var ranks = scored.LabelRanks;
            return new(set, ranks.Count(rank => rank == 1), weights.Config.Vocabulary, ranks.Average(rank => 1.0 / rank));
        }
    }

    /// <summary>A row for each checkpoint.</summary>
    public static ConsoleTable Table(SeriesUnit unit, IReadOnlyList<SeriesRow> rows)
    {
        ConsoleColumn[] columns =
        [
            new(unit.ToString().ToLowerInvariant()), new("checkpoint", IsText: true, Priority: 1),
            .. Enumerable.Range(0, rows[0].Counts.Count).SelectMany(_ => new ConsoleColumn[]
                { new("heads", IsText: true), new("top1"), new("MRR", Priority: 1) }),
        ];
        return new(columns, rows.Select(row => (string[])
        [
            row.Checkpoint.Position.ToString("N0", CultureInfo.InvariantCulture), row.Checkpoint.Name,
            .. row.Counts.SelectMany(count => new[]
            {
                count.Name,
                (100 * count.Top1).ToString("0.0", CultureInfo.InvariantCulture) + " %",
                count.MeanReciprocalRank.ToString("0.000", CultureInfo.InvariantCulture),
            }),
        ]));
    }
}
