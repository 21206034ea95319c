using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Trained copiers: what each rank reaches, over seeds.</summary>
internal static class RankSection
{
    private const string Figure = "top1";

    public static ReportSection Of(IStudyMeasure measure, IReadOnlyList<UnitStatus> units)
    {
        var fits = from unit in units
                   from one in unit.Part!.Figures
                   where one.Figure == Figure
                   group one.Value by (unit.Unit.ModelKey, unit.Unit.Model.Name, unit.Unit.Revision, Rank: one.Rank!.Value) into fit
                   select (fit.Key, Mean: fit.Average(), Least: fit.Min(), Most: fit.Max(), Count: fit.Count());
        var rows = fits.ToArray();
        string id = $"study-{measure.Name.ToLowerInvariant().Replace('.', '-').Replace('_', '-')}";
        var table = new ReportTable(id, "What each rank reaches",
            [
                ReportColumn.Text("model"), ReportColumn.Text("revision"), ReportColumn.Count("rank"), ReportColumn.Share("top1"),
                ReportColumn.Share("least of the seeds"), ReportColumn.Share("most of the seeds"), ReportColumn.Count("seeds"),
            ],
            [.. rows.Select(row => (ReportValue[])
                [row.Key.Name, row.Key.Revision, row.Key.Rank, row.Mean, row.Least, row.Most, row.Count])])
        { Units = "A mean over the seeds of fits to all tokens.", ShownRows = 40 };
        ChartSeries[] lines =
        [
            .. from row in rows
               group row by row.Key.ModelKey into model
               let points = model.OrderBy(row => row.Key.Rank).ToArray()
               select new ChartSeries(model.Key, [.. points.Select(row => (double)row.Key.Rank)], [.. points.Select(row => 100 * row.Mean)])
               {
                   Low = [.. points.Select(row => 100 * row.Least)],
                   High = [.. points.Select(row => 100 * row.Most)],
               },
        ];
        return new()
        {
            Id = id + "-section",
            Title = $"By {measure.Name}",
            Question = "How many tokens does a fit of each rank bring to the first place?",
            Tables = [table],
            Statements = rows.Length == 0 ? [] : [new(ReportTopic.Found, Sentence(), id)],
            Charts = lines.Length is > 0 and <= 12 && rows.Select(row => row.Key.Rank).Distinct().Count() > 1
                ? [ReportChart.Lines(id + "-chart", "What each rank reaches", "Means over seeds, from the least to the most.",
                    "rank", "tokens, %", lines, [.. rows.Select(row => (double)row.Key.Rank).Distinct().Order()])]
                : [],
        };

        string Sentence()
        {
            var (key, mean, least, most, count) = rows.MaxBy(row => row.Mean);
            string of = key.Revision.Length == 0 ? key.Name : $"{key.Name}@{key.Revision}";
            string fit = measure is CopierUnits { IsPermuted: true }
                ? FormattableString.Invariant($"A fit of rank {key.Rank} to a random permutation brings {100 * mean:0.0} %")
                    + $" of the tokens of {of} to the first place"
                : FormattableString.Invariant($"A trained copier of rank {key.Rank} copies {100 * mean:0.0} % of the tokens of {of}");
            return fit + (count == 1 ? ", by one fit." : FormattableString.Invariant(
                $", from {100 * least:0.0} to {100 * most:0.0} % over {count} seeds."));
        }
    }
}
