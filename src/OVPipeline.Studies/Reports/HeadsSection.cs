using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Figures of heads or pairs: the best of each revision, and its course over the training.</summary>
internal static class HeadsSection
{
    public static ReportSection Of(IStudyMeasure measure, IReadOnlyList<UnitStatus> units)
    {
        string figure = measure is BehaviourUnits ? "induction" : "top1";
        bool share = figure == "top1";
        var best = (from unit in units
                    from one in unit.Part!.Figures
                    where one.Figure == figure && one.Heads is not null
                    group (unit.Unit, Figure: one) by unit.Unit.ModelKey into revision
                    select revision.MaxBy(one => one.Figure.Value)).ToArray();
        string id = $"study-{measure.Name.ToLowerInvariant().Replace('.', '-').Replace('_', '-')}";
        var table = new ReportTable(id, $"The highest {figure} of each revision",
            [
                ReportColumn.Text("model"), ReportColumn.Text("revision"), ReportColumn.Count("position"), ReportColumn.Heads("heads"),
                share ? ReportColumn.Share(figure) : ReportColumn.Number(figure),
            ],
            [.. best.Select(one => (ReportValue[])
            [
                one.Unit.Model.Name, one.Unit.Revision, one.Unit.Position, HeadLabels.ForPeople(one.Figure.Heads!), one.Figure.Value,
            ])])
        {
            Units = share ? "All tokens of the vocabulary: a census, no intervals." : "Attention on repeated random tokens.",
            ShownRows = 40,
        };
        return new()
        {
            Id = id + "-section",
            Title = $"By {measure.Name}",
            Question = "Which heads are highest, and when did they become so?",
            Tables = [table],
            Charts = [.. Course(id, figure, best.Select(one => (one.Unit, one.Figure.Value)))],
            Statements = best.Length == 0 ? [] : [new(ReportTopic.Found, Sentence(figure, best.MaxBy(one => one.Figure.Value)), id)],
        };
    }

    private static string Sentence(string figure, (StudyUnit Unit, StudyFigure Figure) best) => FormattableString.Invariant(
        $"The highest {figure} of all is {best.Figure.Value:0.000}, of {HeadLabels.ForPeople(best.Figure.Heads!)} of ")
        + $"{best.Unit.Model.At(best.Unit.Revision)}.";

    // Lines where models have revisions that say how far the training had come.
    private static IEnumerable<ReportChart> Course(string id, string figure, IEnumerable<(StudyUnit Unit, double Value)> values)
    {
        ChartSeries[] lines =
        [
            .. from one in values
               where one.Unit.Position is not null
               group one by one.Unit.Model.Name into model
               where model.Count() > 1
               let points = model.OrderBy(one => one.Unit.Position).ToArray()
               select new ChartSeries(
                   model.Key, [.. points.Select(one => one.Unit.Position!.Value)], [.. points.Select(one => one.Value)]),
        ];
        if (lines.Length > 0)
        {
            yield return ReportChart.Lines(id + "-chart", $"The highest {figure} over training", "A point for each revision.",
                "position in the training, as the revisions' names count it", figure, lines);
        }
    }
}
