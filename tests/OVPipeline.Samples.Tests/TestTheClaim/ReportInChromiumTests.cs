using OVPipeline.Experiments;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

/// <summary>The report of a tiny model, opened in a real browser: everything is there, is drawn and prints.</summary>
public sealed class ReportInChromiumTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-browser-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Report_InChromium_ShowsEverySectionTableAndPictureAndPrints()
    {
        var chromium = Chromium.OrSkip(Path.Combine(_folder, "profile"));
        var model = TinyModel.Create(60, 8, 2, 2, 2);
        var laboratory = new Laboratory(model, LaboratoryOptions.Quick);
        var report = ClaimReport.Of(laboratory, new ExperimentRunner(ClaimExperiments.All(quick: true)).Run(laboratory));
        report.Save(_folder);
        var sections = report.Sections;

        // The page measures itself: the sizes of what was laid out, and the pictures that were decoded.
        string page = File.ReadAllText(Path.Combine(_folder, "report.html")), probed = Path.Combine(_folder, "probed.html");
        File.WriteAllText(probed, page.Replace("</body>", """
            <script>addEventListener('load', () => {
              for (const e of document.querySelectorAll('section, .table, figure'))
                e.dataset.height = Math.round(e.getBoundingClientRect().height);
              for (const i of document.images) i.dataset.drawn = i.complete && i.naturalWidth;
              for (const a of document.querySelectorAll('a[href^="#"]'))
                if (!document.getElementById(a.hash.slice(1))) document.body.dataset.broken = a.hash;
              document.body.dataset.overflow = document.documentElement.scrollWidth > innerWidth + 1;
            })</script></body>
            """, StringComparison.Ordinal));
        string dom = chromium.Run("--dump-dom", probed);
        foreach (var section in sections)
            AssertShown(dom, "section", section.Id);
        foreach (var table in sections.SelectMany(section => section.Tables))
            AssertShown(dom, "div class=\"table\"", table.Id);
        foreach (var picture in sections.SelectMany(section => section.Charts))
        {
            AssertShown(dom, "figure", picture.Id);
            Assert.Contains($"data-drawn=\"{2 * picture.Draw().Width}\"", dom, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("data-broken", dom, StringComparison.Ordinal);
        Assert.Contains("data-overflow=\"false\"", dom, StringComparison.Ordinal);

        string screenshot = Path.Combine(_folder, "screen.png"), pdf = Path.Combine(_folder, "report.pdf");
        chromium.Run($"--screenshot={screenshot}", Path.Combine(_folder, "report.html"));
        Assert.True(new FileInfo(screenshot).Length > 20_000, "The screenshot is as good as empty.");
        chromium.Run($"--print-to-pdf={pdf}", Path.Combine(_folder, "report.html"));
        Assert.StartsWith("%PDF", File.ReadAllText(pdf)[..4], StringComparison.Ordinal);
        Assert.True(new FileInfo(pdf).Length > 30_000, "The printed report is as good as empty.");
    }

    private static void AssertShown(string dom, string element, string id)
    {
        int at = dom.IndexOf($"<{element} id=\"{id}\"", StringComparison.Ordinal);
        Assert.True(at >= 0, $"{id} is not in the page.");
        string tag = dom[at..dom.IndexOf('>', at)];
        int height = tag.IndexOf("data-height=\"", StringComparison.Ordinal);
        Assert.True(height >= 0 && int.Parse(tag[(height + 13)..].Split('"')[0], System.Globalization.CultureInfo.InvariantCulture) > 20,
            $"{id} is not shown: {tag}");
    }
}
