using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as short console tables.</summary>
public static class AtlasSummary
{
    private const int TokensWidth = 28; // about five tokens: what is left of 120 columns beside the figures

    /// <summary>A row for each head, by layer; of a large model those that copy or suppress most.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="most">Rows at most.</param>
    public static ConsoleTable OfHeads(HeadAtlas atlas, int most = 24)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        var strongest = atlas.Compositions.Where(pair => pair.K is not null).GroupBy(pair => pair.Later)
            .ToDictionary(pairs => pairs.Key, pairs => pairs.MaxBy(pair => pair.K)!);
        ConsoleColumn[] columns =
        [
            new("head", IsText: true),
            new("top1"),
            new("suppression top1"),
            new("copying score", Priority: 3),
            new("participation ratio", Priority: 4),
            new("query to key top1", Priority: 2),
            new("previous position", Priority: 1),
            new("K from", Priority: 5),
            new("name copy score", Priority: 7),
            new("own rank by row", Priority: 8),
            new("tokens copied most", IsText: true, Priority: 6),
        ];
        var shown = atlas.Heads.OrderByDescending(head => Math.Max(head.Copying?.Top1 ?? 0, head.Suppression?.Top1 ?? 0)).Take(most)
            .OrderBy(head => head.Head.Layer).ThenBy(head => head.Head.Head);
        return new(columns, shown.Select(head => (string[])
        [
            head.Head.ToString(),
            Percent(head.Copying?.Top1),
            Percent(head.Suppression?.Top1),
            Number(head.CopyingScore, "0.000"),
            Number(head.ParticipationRatio, "0.0"),
            Percent(head.QK?.QueryToKey.Top1),
            Percent(head.Positional?.Previous),
            strongest.TryGetValue(head.Head, out var pair) ? $"{pair.Earlier} {Number(pair.K, "0.000")}" : "-",
            Percent(head.NameCopyScore),
            Number(head.OwnToken?.MedianByRow, "0.0"),
            Tokens(head.TopCopied),
        ]))
        { Elsewhere = "heads.csv, compositions.csv and head-tokens.csv" };
    }

    /// <summary>The pairs of highest K-composition, as token circuits.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="most">Rows at most.</param>
    public static ConsoleTable OfKCompositions(HeadAtlas atlas, int most = 5)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        ConsoleColumn[] columns =
        [
            new("pair", IsText: true),
            new("K composition"),
            new("query to key top1"),
            new("query to key top5", Priority: 1),
            new("key to query top1"),
            new("key to query top5", Priority: 1),
        ];
        return new(columns, atlas.KCompositions.Take(most).Select(pair => (string[])
        [
            $"{pair.Earlier} with {pair.Later}",
            Number(pair.Score, "0.000"),
            Percent(pair.QueryToKey.Top1),
            Percent(pair.QueryToKey.Top5),
            Percent(pair.KeyToQuery.Top1),
            Percent(pair.KeyToQuery.Top5),
        ]))
        { Elsewhere = "k-compositions.csv" };
    }

    /// <summary>The pairs of highest V-composition, as virtual heads.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="most">Rows at most.</param>
    public static ConsoleTable OfVirtualHeads(HeadAtlas atlas, int most = 5)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        ConsoleColumn[] columns =
            [new("virtual head", IsText: true), new("V composition"), new("top1"), new("top5", Priority: 1), new("copying score")];
        return new(columns, atlas.VirtualHeads.Take(most).Select(pair => (string[])
        [
            $"{pair.Earlier} -> {pair.Later}",
            Number(pair.Score, "0.000"),
            Percent(pair.Copying?.Top1),
            Percent(pair.Copying?.Top5),
            Number(pair.CopyingScore, "0.000"),
        ]))
        { Elsewhere = "virtual-heads.csv" };
    }

    // As many tokens as fit.
    private static string Tokens(IReadOnlyList<AtlasToken> tokens)
    {
        string shown = "";
        foreach (var token in tokens)
        {
            string longer = shown.Length == 0 ? token.Text : $"{shown} {token.Text}";
            if (longer.Length > TokensWidth)
                break;
            shown = longer;
        }
        return shown;
    }

    private static string Percent(double? share) =>
        share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0} %") : "-";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
