using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Figures of heads or pairs: the best of each revision, and its course over the training.</summary>
internal static class HeadsSection
{
    private const string Top1 = "top1";

    public static ReportSection Of(IStudyMeasure measure, IReadOnlyList<UnitStatus> units)
    {
        string figure = measure is BehaviourUnits ? "induction" : Top1;
        bool share = figure == Top1;
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
            Statements = best.Length == 0 ? [] : [new(ReportTopic.Found, Sentence(measure, best), id)],
        };
    }

    // The highest of all; where it was reached over a training, what it was at its beginning.
    private static string Sentence(IStudyMeasure measure, (StudyUnit Unit, StudyFigure Figure)[] best)
    {
        var (unit, highest) = best.MaxBy(one => one.Figure.Value);
        string heads = HeadLabels.ForPeople(highest.Heads!), of = unit.Model.At(unit.Revision);
        string text = measure switch
        {
            BehaviourUnits => FormattableString.Invariant($"Head {heads} of {of} is the most of an induction head: {highest.Value:0.000}"),
            PairUnits => FormattableString.Invariant(
                $"Of all pairs of a layer {heads} of {of} copies the most tokens: {100 * highest.Value:0.0} %"),
            _ => FormattableString.Invariant($"Of all heads {heads} of {of} copies the most tokens: {100 * highest.Value:0.0} %"),
        };
        var (first, before) = best.Where(one => one.Unit.Model == unit.Model && one.Unit.Position is not null)
            .MinBy(one => one.Unit.Position);
        return first is null || first == unit ? $"{text}." : measure is BehaviourUnits
            ? text + FormattableString.Invariant($". At {first.Revision} the highest was {before.Value:0.000}.")
            : text + FormattableString.Invariant($". At {first.Revision} the most was {100 * before.Value:0.0} %.");
    }

    // Lines where models have revisions that say how far the training had come.
    private static IEnumerable<ReportChart> Course(string id, string figure, IEnumerable<(StudyUnit Unit, double Value)> values)
    {
        bool share = figure == Top1;
        double scale = share ? 100 : 1;
        ChartSeries[] lines =
        [
            .. from one in values
               where one.Unit.Position is not null
               group one by one.Unit.Model.Name into model
               where model.Count() > 1
               let points = model.OrderBy(one => one.Unit.Position).ToArray()
               select new ChartSeries(
                   model.Key, [.. points.Select(one => one.Unit.Position!.Value)], [.. points.Select(one => scale * one.Value)]),
        ];
        if (lines.Length > 0)
        {
            string title = share ? "The most that copies, over training" : $"The highest {figure} over training";
            yield return ReportChart.Lines(id + "-chart", title, "A point for each revision.",
                "how far the training had come, as the revisions' names count it", share ? "tokens, %" : figure, lines);
        }
    }
}
