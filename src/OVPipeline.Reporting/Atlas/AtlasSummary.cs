using System.Globalization;
using OVPipeline.Core;
using Spectre.Console;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as short console tables.</summary>
public static class AtlasSummary
{
    private const int TokensWidth = 28;

    /// <summary>A row for each head, by layer; of a large model those that copy or suppress most.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="most">Rows at most.</param>
    public static Table OfHeads(HeadAtlas atlas, int most = 24)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        var strongest = atlas.Compositions.Where(pair => pair.K is not null).GroupBy(pair => pair.Later).ToDictionary(pairs => pairs.Key, pairs => pairs.MaxBy(pair => pair.K)!);
        var table = TableOf("head", "copies", "suppresses", "score", "rank", "matches", "previous", "K from", "copies most");
        foreach (var head in atlas.Heads.OrderByDescending(head => Math.Max(head.Copying.Top1, head.Suppression.Top1)).Take(most).OrderBy(head => head.Head.Layer).ThenBy(head => head.Head.Head))
            table.AddRow(head.Head.ToString(), Percent(head.Copying.Top1), Percent(head.Suppression.Top1), Number(head.CopyingScore, "0.000"),
                Number(head.ParticipationRatio, "0.0"), Percent(head.QK?.QueryToKey.Top1), Percent(head.Positional?.Previous),
                strongest.TryGetValue(head.Head, out var pair) ? $"{pair.Earlier} {Number(pair.K, "0.000")}" : "-",
                Markup.Escape(Tokens(head.TopCopied)));
        return table;
    }

    /// <summary>The pairs of highest K-composition, as token circuits.</summary>
    /// <param name="atlas">The atlas.</param>
    /// <param name="most">Rows at most.</param>
    public static Table OfKCompositions(HeadAtlas atlas, int most = 5)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        var table = TableOf("pair", "K-composition", "query to key", "top 5", "key to query", "top 5");
        foreach (var pair in atlas.KCompositions.Take(most))
            table.AddRow($"{pair.Earlier} with {pair.Later}", Number(pair.Score, "0.000"), Percent(pair.QueryToKey.Top1), Percent(pair.QueryToKey.Top5),
                Percent(pair.KeyToQuery.Top1), Percent(pair.KeyToQuery.Top5));
        return table;
    }

    private static Table TableOf(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string column in columns)
        {
            bool text = column is "head" or "pair" or "copies most";
            table.AddColumn(text ? new TableColumn(column).NoWrap() : new TableColumn(column).RightAligned().NoWrap());
        }
        return table;
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

    private static string Percent(double? share) => share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.0} %") : "-";

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
