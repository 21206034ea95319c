using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>What has to hold of the trained copiers before anyone reads the table as a comparison.</summary>
internal static class ClaimChecks
{
    /// <summary>A sentence for each trained copier that is worse than a circuit of the model of no higher rank, or than chance.</summary>
    /// <param name="rows">The rows of the table; those of held-out tokens are not looked at.</param>
    /// <param name="model">The model that they are of.</param>
    public static IEnumerable<string> Failed(IReadOnlyList<CopyingRow> rows, TransformerWeights model)
    {
        FrontierPoint[] known = [.. rows.Where(row => !row.HeldOut && Comparable(row, model)).Select(Point)];
        foreach (var row in rows.Where(row => row is { Kind: CircuitKind.Trained, HeldOut: false }))
            if (FrontierChecks.Check(Point(row), known, (int)row.Tokens) is { } failed)
                yield return $"The trained copier of rank {row.Rank} {failed.Reason}. Nothing can be concluded from it.";
    }

    // Where norms are held at scales, copiers are fitted through the embeddings as the heads of one layer read them.
    private static bool Comparable(CopyingRow row, TransformerWeights model) =>
        model.NormScales is null
        || row.Kind == CircuitKind.Trained
        || (row.Heads.Count > 0 && row.Heads.All(head => head.Layer == model.ReadingLayer));

    // The copiers are free in norm, so that of the others does not matter.
    private static FrontierPoint Point(CopyingRow row) => new(row.Name, row.Rank, 0, row.LogLoss);
}
