using System.Globalization;

namespace OVPipeline.Reporting;

/// <summary>The claim as a narrow console table: a row for each bar of <see cref="ClaimPicture"/>.</summary>
public static class ClaimTable
{
    /// <summary>
    /// Best head, best pair, that pair truncated, the trained pair, and that on tokens it was not trained on. What is not there is left
    /// out.
    /// </summary>
    /// <param name="figures">One model's.</param>
    public static ConsoleTable Of(ClaimFigures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        (RankedShare? Share, string More)[] rows =
        [
            (figures.Head, ""),
            (figures.Pair, ""),
            (figures.Truncated, ""),
            (figures.Trained, ""),
            (figures.Unseen, ", on unseen tokens"),
        ];
        ConsoleColumn[] columns = [new("circuit", IsText: true), new("rank"), new("top1"), new("top5")];
        return new(columns, rows.Where(row => row.Share is not null).Select(row => (string[])
        [
            row.Share!.Name + row.More,
            row.Share.Rank.ToString(CultureInfo.InvariantCulture),
            CopyingTable.Percent(row.Share.Top1),
            CopyingTable.Percent(row.Share.Top5),
        ]));
    }
}
