using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;

namespace OVPipeline.Studies;

/// <summary>A study as a report: what changes over revisions and ranks, and what the claim's experiments found.</summary>
public static class StudyReport
{
    /// <summary>The report on what is done; it says what is not.</summary>
    /// <param name="folder">The study's folder.</param>
    /// <param name="load">
    /// Loads a model at a revision where experiments were run on it; null for <see cref="StudyModel.Load"/>. Nothing is measured again.
    /// </param>
    /// <exception cref="StudyException">Nothing is done yet.</exception>
    public static ReportDocument Of(StudyFolder folder, Func<StudyModel, string, TransformerCheckpoint>? load = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var study = folder.Plan.Study;
        var all = folder.Status();
        UnitStatus[] done = [.. all.Where(unit => unit.State == UnitState.Done)];
        if (done.Length == 0)
            throw new StudyException(folder.Folder, "no unit of the study is done yet: run it first.");
        List<ReportSection> sections = [];
        foreach (var measure in study.Measures)
        {
            UnitStatus[] own = [.. done.Where(unit => unit.Unit.Measure == measure)];
            if (own.Length > 0 && measure is not ExperimentUnits)
                sections.Add(measure is CopierUnits ? RankSection.Of(measure, own) : HeadsSection.Of(measure, own));
        }
        var claim = Experiments(folder, done, load);
        return new()
        {
            Title = $"Study {study.Name}",
            Lead = $"{Subject(study)}, measured by {string.Join(", ", study.MeasureNames)}.",
            Verdict = Verdict(study, sections, all.Count - done.Length, claim?.Verdict),
            Facts =
            [
                new("Study", study.Name),
                new("Models", string.Join(", ", study.Models.Select(model => model.Name))),
                new("Units", string.Create(CultureInfo.InvariantCulture, $"{done.Length:N0} of {all.Count:N0} done")),
                new("Seed", study.Seed.ToString(CultureInfo.InvariantCulture)),
            ],
            Glossary = claim?.Glossary ?? [],
            Sections = [.. sections, .. claim?.Sections ?? []],
            Footer = ["Every figure, with the unit that found it, is in figures.csv and figures.parquet; schema.json says what they mean."],
        };
    }

    // What each measure found, then what the claim's experiments say.
    private static ReportVerdict? Verdict(Study study, List<ReportSection> sections, int missing, ReportVerdict? claim)
    {
        ReportStatement[] found = [.. sections.SelectMany(section => section.Statements)];
        if (found.Length == 0)
            return claim;
        string sureness = $"{Subject(study)}. Shares are of all tokens: a census, which says nothing of other models."
            + (missing == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {missing:N0} units are not done, and may change it."));
        return new()
        {
            Statements = [.. claim?.Statements ?? [], .. found],
            Sureness = claim is null ? sureness : $"{claim.Sureness} {sureness}",
            Figure = claim?.Figure ?? (sections.SelectMany(section => section.Charts).FirstOrDefault() is { } chart
                ? ReportChart.Lines("study-first", chart.Title, chart.Caption, chart.XLabel, chart.YLabel, chart.Series, chart.XTicks)
                : null),
        };
    }

    private static string Subject(Study study)
    {
        int models = study.Models.Count, revisions = study.Models.Sum(model => model.Revisions.Count);
        string count = models == 1 ? "One model" : $"{models} models";
        return revisions == models ? count : $"{count} at {revisions} revisions";
    }

    // What the claim's experiments found: the report on one model, or on several.
    private static ReportDocument? Experiments(
        StudyFolder folder, UnitStatus[] done, Func<StudyModel, string, TransformerCheckpoint>? load)
    {
        List<ModelOutcomes> models = [];
        Laboratory? last = null;
        foreach (var units in done.Where(unit => unit.Unit.Measure is ExperimentUnits).GroupBy(unit => unit.Unit.ModelKey))
        {
            var first = units.First().Unit;
            var model = load?.Invoke(first.Model, first.Revision) ?? first.Model.Load(first.Revision);
            var context = new UnitContext(
                first.Model, model, folder.Plan.Study.Text, folder.Files.Store(first), folder.Plan.Study.Seed, default);
            ExperimentUnits[] measures = [.. units.Select(unit => (ExperimentUnits)unit.Unit.Measure)];
            models.Add(new(units.Key, [.. measures.Select(measure => measure.Kept(context))]));
            last = measures[0].Laboratory(context);
        }
        return models.Count > 1 ? AcrossReport.Of(models) : last is null ? null : ClaimReport.Of(last, models[0].Outcomes);
    }
}
