using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

public sealed class StudyReportTests
{
    [Fact]
    public void Of_AStudyOfRevisions_HasTheBestHeadsAndRanks()
    {
        using var study = new TinyStudy();
        study.Run();
        var report = StudyReport.Of(study.Open());
        report.Check();
        var best = report.Sections.SelectMany(section => section.Tables).Single(table => table.Id == "study-pairs");
        var figures = study.Open().Status().Where(unit => unit.Unit.MeasureName == "pairs" && unit.Unit.Revision == "step2")
            .SelectMany(unit => unit.Part!.Figures).Where(figure => figure.Figure == "top1");
        Assert.Equal(figures.Max(figure => figure.Value), best.Rows[1][^1].Number);
        Assert.Equal(["study-atlas-chart", "study-pairs-chart", "study-copier-chart"],
            report.Sections.SelectMany(section => section.Charts).Select(chart => chart.Id));
        // The first screen says what each measure found, and shows the first chart.
        Assert.Equal(["study-atlas", "study-pairs", "study-copier"], report.Verdict!.Statements.Select(one => one.Table));
        var pair = figures.MaxBy(figure => figure.Value)!;
        var other = study.Open().Status().Where(unit => unit.Unit.MeasureName == "pairs" && unit.Unit.Revision == "step1")
            .SelectMany(unit => unit.Part!.Figures).Where(figure => figure.Figure == "top1").Max(figure => figure.Value);
        string most = FormattableString.Invariant($"{HeadLabels.ForPeople(pair.Heads!)} of noise@step2 copies the most tokens: ")
            + FormattableString.Invariant($"{100 * pair.Value:0.0} %. At step1 the most was {100 * other:0.0} %.");
        Assert.Equal("Of all pairs of a layer " + most, report.Verdict.Statements[1].Text);
        Assert.StartsWith("One model at 2 revisions.", report.Verdict.Sureness, StringComparison.Ordinal);
        Assert.DoesNotContain("not done", report.Verdict.Sureness, StringComparison.Ordinal);
        Assert.Equal("study-first", report.Verdict.Figure!.Id);
        Assert.True(new FileInfo(report.Save(study.Out)).Length > 1000);
    }

    // Experiments on two checkpoints: figures as the experiment's own tables have them, and the report across.
    [Fact]
    public void Of_ExperimentsOnSeveralModels_ComparesThem()
    {
        using var study = new TinyStudy($$"""
            name: experiments
            models:
              - model: {{Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter")}}
                name: quarter
                revisions: [1M, 20M]
            measures:
              - measure: reproduction
                quick: true
            """);
        var folder = study.Open();
        Assert.All(new StudyRunner(folder).Run(StudyShard.Whole), unit => Assert.Equal((UnitState.Done, null), (unit.State, unit.Why)));
        var merged = TinyStudy.Merged(folder);
        Assert.Contains("experiments,quarter,20M,20000000,reproduction,model,", System.Text.Encoding.UTF8.GetString(merged["figures.csv"]),
            StringComparison.Ordinal);
        var report = StudyReport.Of(folder);
        report.Check();
        Assert.Contains(report.Sections.SelectMany(section => section.Tables), table => table.Id == "across-figures");

        // Nothing is measured for a page.
        Directory.Delete(Path.Combine(study.Out, "cache"), recursive: true);
        StudyReport.Of(folder);
        Assert.False(Directory.Exists(Path.Combine(study.Out, "cache")) && Directory.EnumerateFiles(
            Path.Combine(study.Out, "cache"), "*result.json", SearchOption.AllDirectories).Any());
    }
}
