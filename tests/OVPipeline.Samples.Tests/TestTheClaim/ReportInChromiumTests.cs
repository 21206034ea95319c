using System.Diagnostics;
using OVPipeline.Reporting;
using OVPipeline.Samples.TestTheClaim;
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
        string? chromium = Find();
        if (chromium is null && Environment.GetEnvironmentVariable("OVP_REQUIRE_CHROMIUM") is null)
            Assert.Skip("Chromium is not installed: the report was not opened in a browser.");
        Assert.True(chromium is not null, "OVP_REQUIRE_CHROMIUM is set, and there is no chromium on the PATH.");
        var model = TinyModel.Create(60, 8, 2, 2, 2);
        var options = new RunOptions { Output = _folder, Quick = true };
        var sections = new ExperimentRunner(ExperimentList.All, options).Run(model, _ => new Progress<ExperimentProgress>(), default);
        ReportFiles.Write(model, options, sections, TimeSpan.Zero);

        // The page measures itself: the sizes of what was laid out, and the pictures that were decoded.
        string page = File.ReadAllText(Path.Combine(_folder, "report.html")), probed = Path.Combine(_folder, "probed.html");
        File.WriteAllText(probed, page.Replace("</body>", """
            <script>addEventListener('load', () => {
              for (const e of document.querySelectorAll('section, .table, figure')) e.dataset.height = Math.round(e.getBoundingClientRect().height);
              for (const i of document.images) i.dataset.drawn = i.complete && i.naturalWidth;
              for (const a of document.querySelectorAll('a[href^="#"]')) if (!document.getElementById(a.hash.slice(1))) document.body.dataset.broken = a.hash;
              document.body.dataset.overflow = document.documentElement.scrollWidth > innerWidth + 1;
            })</script></body>
            """, StringComparison.Ordinal));
        string dom = Run(chromium, "--dump-dom", probed);
        foreach (var section in sections)
            AssertShown(dom, "section", section.Id);
        foreach (var table in sections.SelectMany(section => section.Tables))
            AssertShown(dom, "div class=\"table\"", table.Id);
        foreach (var picture in sections.SelectMany(section => section.Pictures))
        {
            AssertShown(dom, "figure", picture.Id);
            Assert.Contains($"data-drawn=\"{2 * picture.Width}\"", dom, StringComparison.Ordinal);
        }
        Assert.DoesNotContain("data-broken", dom, StringComparison.Ordinal);
        Assert.Contains("data-overflow=\"false\"", dom, StringComparison.Ordinal);

        string screenshot = Path.Combine(_folder, "screen.png"), pdf = Path.Combine(_folder, "report.pdf");
        Run(chromium, $"--screenshot={screenshot}", Path.Combine(_folder, "report.html"));
        Assert.True(new FileInfo(screenshot).Length > 20_000, "The screenshot is as good as empty.");
        Run(chromium, $"--print-to-pdf={pdf}", Path.Combine(_folder, "report.html"));
        Assert.StartsWith("%PDF", File.ReadAllText(pdf)[..4], StringComparison.Ordinal);
        Assert.True(new FileInfo(pdf).Length > 30_000, "The printed report is as good as empty.");
    }

    private static void AssertShown(string dom, string element, string id)
    {
        int at = dom.IndexOf($"<{element} id=\"{id}\"", StringComparison.Ordinal);
        Assert.True(at >= 0, $"{id} is not in the page.");
        string tag = dom[at..dom.IndexOf('>', at)];
        int height = tag.IndexOf("data-height=\"", StringComparison.Ordinal);
        Assert.True(height >= 0 && int.Parse(tag[(height + 13)..].Split('"')[0], System.Globalization.CultureInfo.InvariantCulture) > 20, $"{id} is not shown: {tag}");
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private string Run(string chromium, string action, string page)
    {
        var start = new ProcessStartInfo(chromium) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", $"--user-data-dir={Path.Combine(_folder, "profile")}", "--window-size=1200,1600", action, new Uri(page).AbsoluteUri })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(120_000) && process.ExitCode == 0, $"chromium {action}: {error.Result}");
        return output;
    }
}
