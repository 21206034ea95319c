using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Core.ReportColumn;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as tables of a report.</summary>
public static class AtlasTables
{
    private const int ShownRows = 48; // two pages of print; files have all rows

    /// <summary>
    /// A table for each kind of row: <c>heads</c>, <c>singular-values</c>, <c>head-tokens</c>, and where there are any <c>compositions</c>,
    /// <c>k-compositions</c> and <c>virtual-heads</c>.
    /// </summary>
    public static IReadOnlyList<ReportTable> Of(HeadAtlas atlas)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        string census = string.Create(CultureInfo.InvariantCulture, $"all {atlas.Model.Vocabulary:N0} tokens, a census: no intervals");
        List<ReportTable> tables = [Profiles(atlas, census), SingularValues(atlas, census), Tokens(atlas, census)];
        if (atlas.Compositions.Count > 0)
            tables.Add(Compositions(atlas));
        if (atlas.KCompositions.Count > 0)
            tables.Add(KCompositions(atlas, census));
        if (atlas.VirtualHeads.Count > 0)
            tables.Add(VirtualHeads(atlas, census));
        return [.. tables.Select(table => ScaleMark.Of(table, ScaleMark.Sentence(atlas)))];
    }

    private static ReportTable Profiles(HeadAtlas atlas, string census) => new("heads", "Every head, by its weights",
    [
        Heads("head"), Count("layer"), Count("index"), Count("rank"),
        Share("top1"), Share("top5"), Share("suppression top1"), Share("suppression top5"), Number("d'", 2),
        Number("copying score"), Number("own rank by row", 1), Number("own rank by column", 1), Share("own in lowest 10"),
        Share("name copy score"), Number("participation ratio", 1), Number("entropy rank", 1),
        Share("query to key top1"), Share("query to key top5"), Share("key to query top1"), Share("key to query top5"),
        Number("matching score"), Number("QK participation ratio", 1), Number("QK entropy rank", 1),
        Share("previous position"), Share("current position"), Share("first position"), Count("positions"),
    ],
    [
        .. atlas.Heads.Select(head => (ReportValue[])
        [
            head.Head.ToString(), head.Head.Layer, head.Head.Head, head.Rank,
            head.Copying?.Top1, head.Copying?.Top5, head.Suppression?.Top1, head.Suppression?.Top5, head.DPrime,
            head.CopyingScore, head.OwnToken?.MedianByRow, head.OwnToken?.MedianByColumn, head.OwnToken?.AmongTenLowest,
            head.NameCopyScore, head.ParticipationRatio, head.EntropyRank,
            head.QK?.QueryToKey.Top1, head.QK?.QueryToKey.Top5, head.QK?.KeyToQuery.Top1, head.QK?.KeyToQuery.Top5,
            head.QK?.MatchingScore, head.QK?.ParticipationRatio, head.QK?.EntropyRank,
            head.Positional?.Previous, head.Positional?.Current, head.Positional?.First, (double?)head.Positional?.Positions,
        ]),
    ])
    {
        Units = census,
        Note = "Copying and suppression: tokens whose own entry in the full OV circuit is among the largest, the smallest, of its row. "
            + "Own ranks: medians over tokens of the rank of their own logit in their row and in their column, 1 for the highest. Name "
            + "copy score: names whose own logit is among the five highest of their row. Effective ranks are of the "
            + "squared singular values: participation ratio, and exponential of the entropy. Query to key: "
            + "query tokens whose highest keys in the full QK circuit include the token itself; key to query: the same of the columns. "
            + "Positions: mean attention by W_pos alone." + WhyEmpty(atlas),
        Exploratory = true,
        ShownRows = ShownRows,
    };

    private static string WhyEmpty(HeadAtlas atlas) => atlas.Model.NoCopying is { } reason ? $" Empty here: {reason}" : "";

    private static ReportTable SingularValues(HeadAtlas atlas, string census)
    {
        var rows = atlas.Heads.SelectMany(head =>
            head.SingularValues.Select((value, i) => (ReportValue[])[head.Head.ToString(), i + 1, value]));
        ReportColumn[] columns = [Heads("head"), Count("place"), Number("singular value", 2)];
        return new("singular-values", "Singular values of the full OV circuits", columns, [.. rows])
        {
            Units = census,
            ShownRows = ShownRows,
        };
    }

    private static ReportTable Tokens(HeadAtlas atlas, string census)
    {
        ReportColumn[] columns =
        [
            Heads("head"), Text("kind"), Count("place"), Count("id"), Text("token"), Count("token rank"),
            Number("token log loss", 3, "nats"),
        ];
        return new("head-tokens", "Tokens that heads copy and suppress most", columns,
            [.. atlas.Heads.SelectMany(head => Of(head, "copied", head.TopCopied).Concat(Of(head, "suppressed", head.TopSuppressed)))])
        {
            Units = census,
            Note = "By log-loss of the token itself under the softmax of its row; "
                + "where suppressed, of the negated row, and ranks count from below." + WhyEmpty(atlas),
            Exploratory = true,
            ShownRows = ShownRows,
        };

        static IEnumerable<ReportValue[]> Of(HeadProfile head, string kind, IReadOnlyList<AtlasToken> tokens) =>
            tokens.Select((token, i) =>
                (ReportValue[])[head.Head.ToString(), kind, i + 1, token.Id, token.Text, token.Rank, token.LogLoss]);
    }

    private static ReportTable Compositions(HeadAtlas atlas) => new("compositions", "Composition of earlier with later heads",
        [
            Heads("earlier"), Heads("later"), Number("Q composition"), Number("K composition"), Number("V composition"),
        ],
        [.. atlas.Compositions.Select(pair => (ReportValue[])[pair.Earlier.ToString(), pair.Later.ToString(), pair.Q, pair.K, pair.V])])
    {
        Units = "a pair of heads" + (atlas.Baseline is { } random
            ? string.Create(CultureInfo.InvariantCulture, $"; {random.Samples} pairs of random heads score {random.Mean:0.0000}, ")
                + string.Create(CultureInfo.InvariantCulture, $"standard deviation {random.StandardDeviation:0.0000}")
            : ""),
        Note = "||W_OV M|| / (||W_OV|| ||M||) of the earlier head's W_OV and the later head's M: "
            + "W_Q W_K' for Q, W_K W_Q' for K, W_V W_O for V.",
        Exploratory = true,
        ShownRows = ShownRows,
    };

    private static ReportTable KCompositions(HeadAtlas atlas, string census) => new("k-compositions", "K-composition as a token circuit",
        [
            Heads("earlier"), Heads("later"), Number("K composition"), Share("query to key top1"), Share("query to key top5"),
            Share("key to query top1"), Share("key to query top5"),
        ],
        [.. atlas.KCompositions.Select(pair => (ReportValue[])
        [
            pair.Earlier.ToString(), pair.Later.ToString(), pair.Score, pair.QueryToKey.Top1, pair.QueryToKey.Top5, pair.KeyToQuery.Top1,
            pair.KeyToQuery.Top5,
        ])])
    {
        Units = census,
        Note = "Query to key: query tokens whose highest key is where the earlier head moved that same token; "
            + "key to query: the same of the columns.",
        Exploratory = true,
    };

    private static ReportTable VirtualHeads(HeadAtlas atlas, string census) => new("virtual-heads", "Virtual heads of two",
        [
            Heads("earlier"), Heads("later"), Number("V composition"), Share("top1"), Share("top5"), Number("copying score"),
        ],
        [.. atlas.VirtualHeads.Select(pair => (ReportValue[])
        [
            pair.Earlier.ToString(), pair.Later.ToString(), pair.Score, pair.Copying?.Top1, pair.Copying?.Top5, pair.CopyingScore,
        ])])
    {
        Units = census,
        Note = "The full OV circuit W_E W_OV W_OV' W_U of the earlier head's W_OV and the later head's W_OV': what the later head writes "
            + "of a token that the earlier one moved to where it attends." + WhyEmpty(atlas),
        Exploratory = true,
    };
}
