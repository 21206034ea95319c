using OVPipeline.Experiments;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

/// <summary>The report of a tiny model, opened in a real browser: everything is there, is drawn and prints.</summary>
public sealed class ReportInChromiumTests(Browser browser) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-browser-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Report_InChromium_ShowsEverySectionTableAndChartAndPrints()
    {
        var model = TinyModel.Create(60, 8, 2, 2, 2);
        var laboratory = new Laboratory(model, LaboratoryOptions.Quick);
        var report = ClaimReport.Of(laboratory, new ExperimentRunner(ClaimExperiments.All(quick: true)).Run(laboratory));
        report.Save(_folder);
        var sections = report.Sections;

        await using var page = await browser.Open(Path.Combine(_folder, "report.html"));
        await page.Page.ClickAsync(".unfold");
        await page.Page.WaitForFunctionAsync("() => document.querySelectorAll('figure.chart:not(.live)').length === 0");
        await page.AssertSound();
        string[] shown =
        [
            .. sections.Select(section => $"section#{section.Id}"),
            .. sections.SelectMany(section => section.Tables).Select(table => $"div.table#{table.Id}"),
            .. sections.SelectMany(section => section.Charts).Select(chart => $"figure#{chart.Id} .plot svg"),
        ];
        string[] missing = await page.Page.EvaluateFunctionAsync<string[]>(
            "all => all.filter(s => !(document.querySelector(s)?.getBoundingClientRect().height > 20))", (object)shown);
        Assert.Empty(missing);
        string[] broken = await page.Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('a[href^="#"]')].map(a => a.hash.slice(1)).filter(id => !document.getElementById(id))
            """);
        Assert.Empty(broken);
        // The pictures in the charts' places are decoded: paper has them.
        int[] widths = await page.Page.EvaluateExpressionAsync<int[]>("[...document.images].map(i => i.complete ? i.naturalWidth : 0)");
        Assert.All(widths, width => Assert.Equal(2 * 760, width));
        byte[] pdf = await page.Page.PdfDataAsync();
        Assert.True(pdf.Length > 30_000, "The printed report is as good as empty.");
    }
}
