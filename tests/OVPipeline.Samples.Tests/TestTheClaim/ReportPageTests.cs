using OVPipeline.Core;
using OVPipeline.Reporting;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

/// <summary>A report in a real browser, used as a reader does: sorted, unfolded, hovered, printed.</summary>
public sealed class ReportPageTests(Browser browser) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-report-").FullName;

    public ValueTask InitializeAsync()
    {
        Report().Save(_folder);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    public static TheoryData<int, bool> Views => [.. BrowserView.All.Select(view => (view.Width, view.Dark))];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Page_FoldedAndUnfolded_IsSoundAtEveryWidth(int width, bool dark)
    {
        await using var page = await Open(new(width, dark));
        await page.AssertSound();
        await page.Page.ClickAsync(".unfold");
        await Drawn(page);
        await page.AssertSound();
        await page.Show($"report-{new BrowserView(width, dark)}");
        Assert.Equal(0, await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('details.part:not([open])').length"));
        string paper = await page.Page.EvaluateExpressionAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal(dark, paper != "rgb(255, 255, 255)");
    }

    [Fact]
    public async Task FirstScreen_HasTheVerdictItsFigureAndHowSure()
    {
        await using var page = await Open(new(1400, Height: 900));
        foreach (string selector in new[] { ".verdict > div:last-child", "#figure .plot svg", "#answer summary" })
        {
            double bottom = await page.Page.EvaluateFunctionAsync<double>(
                "s => document.querySelector(s).getBoundingClientRect().bottom", selector);
            Assert.True(bottom <= 900, $"{selector} ends at {bottom}.");
        }
        Assert.Equal(["What rank can do", "What remains open", "How sure"], await page.Texts(".verdict dt"));
        Assert.False(await Open(page, "#answer details"));
        Assert.False(await Open(page, "#one details"));
    }

    [Fact]
    public async Task Heading_ClickedThreeTimes_SortsUpDownAndBack()
    {
        await using var page = await Open();
        await Unfold(page);
        const string Button = "#figures thead th:nth-child(2) .sort";
        Assert.Equal(["head 1.9", "head 1.10", "none", "head 1.2"], await page.Texts("#figures tbody th"));
        await page.Page.ClickAsync(Button);
        Assert.Equal(["head 1.2", "head 1.9", "head 1.10", "none"], await page.Texts("#figures tbody th")); // 2, 9, 1,000: numbers
        Assert.Equal("ascending", await Attribute(page, "#figures thead th:nth-child(2)", "aria-sort"));
        await page.Page.FocusAsync(Button);
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal(["head 1.10", "head 1.9", "head 1.2", "none"], await page.Texts("#figures tbody th"));
        Assert.Equal("descending", await Attribute(page, "#figures thead th:nth-child(2)", "aria-sort"));
        await page.Page.ClickAsync(Button);
        Assert.Equal(["head 1.9", "head 1.10", "none", "head 1.2"], await page.Texts("#figures tbody th"));
        Assert.Null(await Attribute(page, "#figures thead th:nth-child(2)", "aria-sort"));
        await page.Page.ClickAsync("#figures thead th:nth-child(1) .sort");
        Assert.Equal(["head 1.2", "head 1.9", "head 1.10", "none"], await page.Texts("#figures tbody th")); // as people count
    }

    [Fact]
    public async Task Series_Pressed_IsHiddenAndShownAgain()
    {
        await using var page = await Open();
        await Unfold(page);
        Assert.Equal(["fit", "the model's"], await page.Texts("#lines .legend button"));
        Assert.Equal(2, await Traces(page));
        await page.Page.ClickAsync("#lines .legend button");
        Assert.Equal("false", await Attribute(page, "#lines .legend button", "aria-pressed"));
        Assert.Equal(1, await Traces(page));
        await page.Page.FocusAsync("#lines .legend button");
        await page.Page.Keyboard.PressAsync("Space");
        Assert.Equal("true", await Attribute(page, "#lines .legend button", "aria-pressed"));
        Assert.Equal(2, await Traces(page));

        Task<int> Traces(BrowserPage at) => at.Page.EvaluateExpressionAsync<int>(
            "document.querySelectorAll('#lines .scatterlayer .trace').length");
    }

    [Fact]
    public async Task Bars_OfTwoSeries_AreSeenToldApartAndHidden()
    {
        await using var page = await Open();
        await Unfold(page);
        Assert.Equal(["2 bars, plain", "1 bars, hatched"], await Bars(page));
        await page.Page.ClickAsync("#bars .legend button:nth-child(1)");
        Assert.Equal(["1 bars, hatched"], await Bars(page));
        // What stands for a series in its button is hatched as its bars are.
        Assert.Equal(["", "/"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#bars .legend svg')].map(e => e.dataset.pattern)"));

        // Of each series that is drawn the bars that can be seen.
        Task<string[]> Bars(BrowserPage at) => at.Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('#bars .barlayer .trace')].map(trace => {
              const seen = [...trace.querySelectorAll('.point path')].filter(path => {
                const box = path.getBBox(), style = getComputedStyle(path);
                return box.width > 2 && box.height > 2 && style.opacity > 0.5 && style.fillOpacity > 0.5 && style.fill !== 'none';
              });
              return `${seen.length} bars, ${seen.every(path => getComputedStyle(path).fill.startsWith('url')) ? 'hatched' : 'plain'}`;
            })
            """);
    }

    [Theory]
    [InlineData("lines", ".scatterlayer .trace .points path", "fit", "36.250 (30.000 to 40.500)")]
    [InlineData("figure", ".barlayer .point path", "top-1", "26.2")]
    public async Task Point_UnderTheMouse_ShowsItsValueAndInterval(string chart, string point, string name, string value)
    {
        await using var page = await Open();
        await Unfold(page);
        // The second point.
        double[] at = await page.Page.EvaluateFunctionAsync<double[]>("""
            (id, point) => {
              document.getElementById(id).scrollIntoView({ block: 'center', behavior: 'instant' });
              const box = document.querySelectorAll(`#${id} ${point}`)[1].getBoundingClientRect();
              return [box.left + box.width / 2, box.top + box.height / 2];
            }
            """, chart, point);
        await page.Page.Mouse.MoveAsync((decimal)at[0] - 3, (decimal)at[1], new MoveOptions { Steps = 2 });
        await page.Page.Mouse.MoveAsync((decimal)at[0], (decimal)at[1], new MoveOptions { Steps = 2 });
        await page.Page.WaitForSelectorAsync($"#{chart} .hoverlayer .hovertext");
        string shown = await page.Page.EvaluateFunctionAsync<string>(
            "id => document.querySelector(`#${id} .hoverlayer`).textContent", chart);
        Assert.Contains(name, shown, StringComparison.Ordinal);
        Assert.Contains(value, shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_OfAChart_AreATableThatTheKeyboardReaches()
    {
        await using var page = await Open();
        await Unfold(page);
        await page.Page.FocusAsync("#lines .values summary");
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal(["1", "2", "4"], await page.Texts("#lines-values tbody th"));
        Assert.Equal(["10.000", "–", "–", "20.000"], (await page.Texts("#lines-values tbody tr:first-child td"))[..4]);
        Assert.Equal(["36.250", "30.000", "40.500", "–"], (await page.Texts("#lines-values tbody tr:nth-child(2) td"))[..4]);
    }

    [Fact]
    public async Task Link_OfASentence_UnfoldsItsTable()
    {
        await using var page = await Open();
        Assert.False(await Open(page, "#one details"));
        await page.Page.ClickAsync(".verdict .source");
        Assert.True(await Open(page, "#one details"));
        await page.Page.WaitForFunctionAsync("""
            () => { const top = document.getElementById('figures').getBoundingClientRect().top; return top > -20 && top < innerHeight; }
            """);
        await Unfold(page); // all charts are drawn: nothing moves any more
        await page.Page.ClickAsync("#one a.term");
        await page.Page.WaitForFunctionAsync("() => location.hash === '#term-head'");
    }

    [Fact]
    public async Task Parts_ByAddressLinkButtonAndPaper_AreOpenedAndFoldedAgain()
    {
        await using var page = await Open();
        await page.Page.EvaluateExpressionAsync("location.hash = 'figures', location.reload()");
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#one details')?.open");
        await page.Page.EvaluateExpressionAsync("document.querySelector('#one details').open = false, scrollTo(0, 0)");
        await page.Page.ClickAsync(".verdict .source"); // the same address again
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#one details').open");
        await page.Page.EvaluateExpressionAsync("document.querySelector('#one details').open = false");
        await page.Page.EvaluateExpressionAsync("location.hash = 'two'"); // a section, whose part is within it
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#two details').open");

        Assert.Equal("Open all", await page.Text(".unfold"));
        await page.Page.ClickAsync(".unfold");
        Assert.Equal(("Close all", 0), (await page.Text(".unfold"), await Folded(page)));
        await page.Page.ClickAsync(".unfold");
        Assert.Equal("Open all", await page.Text(".unfold"));
        int folded = await Folded(page);
        Assert.True(folded >= 3, $"{folded}");

        await page.Page.EvaluateExpressionAsync("document.querySelector('#one details').open = true");
        await page.Page.EvaluateExpressionAsync("dispatchEvent(new Event('beforeprint'))");
        Assert.Equal(0, await Folded(page));
        await page.Page.EvaluateExpressionAsync("dispatchEvent(new Event('afterprint'))");
        Assert.Equal((folded - 1, true), (await Folded(page), await Open(page, "#one details")));

        static Task<int> Folded(BrowserPage at) =>
            at.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('details.part:not([open])').length");
    }

    [Fact]
    public async Task Print_FoldedDarkPage_HasEveryPartOnWhitePaper()
    {
        await using var page = await Open(new(1400, Dark: true));
        await page.Page.EmulateMediaTypeAsync(PuppeteerSharp.Media.MediaType.Print);
        // Without the script's help, which is there for browsers that do not know ::details-content.
        string[] hidden = await page.Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('h2, p, li, td, th, dt, dd, figcaption, .note, figure img')]
              .filter(e => !e.matches('.cue') && !e.checkVisibility({ contentVisibilityAuto: true })).map(e => e.outerHTML.slice(0, 80))
            """);
        Assert.Empty(hidden);
        string paper = await page.Page.EvaluateExpressionAsync<string>("getComputedStyle(document.body).backgroundColor");
        Assert.Equal("rgb(255, 255, 255)", paper);
        int plots = await page.Page.EvaluateExpressionAsync<int>(
            "[...document.querySelectorAll('.plot, .legend, button.unfold')].filter(e => e.checkVisibility()).length");
        Assert.Equal(0, plots);
        byte[] pdf = await page.Page.PdfDataAsync();
        Assert.True(pdf.Length > 30_000, $"The printed report has {pdf.Length} bytes.");
    }

    [Fact]
    public async Task Page_WithoutScripts_ShowsPicturesAndUnfolds()
    {
        await using var page = await Open();
        await page.Page.SetJavaScriptEnabledAsync(false);
        await page.Page.ReloadAsync();
        Assert.NotNull(await page.Page.QuerySelectorAsync("#figure img"));
        var picture = await (await page.Page.QuerySelectorAsync("#figure img")).BoundingBoxAsync();
        Assert.True(picture.Width > 300, $"{picture.Width}");
        await page.Page.ClickAsync("#one summary");
        var table = await (await page.Page.QuerySelectorAsync("#figures")).BoundingBoxAsync();
        Assert.True(table.Height > 100, $"{table.Height}");
    }

    private async Task<BrowserPage> Open(BrowserView? view = null)
    {
        var page = await browser.Open(Path.Combine(_folder, "report.html"), view);
        await page.Page.WaitForSelectorAsync("#figure.live");
        return page;
    }

    private static async Task Unfold(BrowserPage page)
    {
        await page.Page.ClickAsync(".unfold");
        await Drawn(page);
    }

    private static Task Drawn(BrowserPage page) =>
        page.Page.WaitForFunctionAsync("() => document.querySelectorAll('figure.chart:not(.live)').length === 0");

    private static Task<bool> Open(BrowserPage page, string details) =>
        page.Page.EvaluateFunctionAsync<bool>("s => document.querySelector(s).open", details);

    private static Task<string?> Attribute(BrowserPage page, string selector, string name) =>
        page.Page.EvaluateFunctionAsync<string?>("(s, name) => document.querySelector(s).getAttribute(name)", selector, name);

    private static ReportDocument Report()
    {
        ReportColumn[] columns = [ReportColumn.Heads("circuit"), ReportColumn.Count("tokens"), ReportColumn.Number("log loss", 2, "nats")];
        var figures = new ReportTable("figures", "Some figures", columns,
        [
            ["head 1.9", 9, 1.5], ["head 1.10", 1000, 0.5], ["none", default(ReportValue), default(ReportValue)], ["head 1.2", 2, 2.5],
        ])
        { Units = "All tokens.", Note = "Nothing else." };
        ChartSeries[] lines =
        [
            new("fit", [1, 2, 4], [10, 36.25, 70]) { Low = [double.NaN, 30, 65], High = [double.NaN, 40.5, 75] },
            new("the model's", [1, 4], [20, 20]) { Reference = true },
        ];
        return new()
        {
            Title = "A report to click on",
            Lead = "Can a head copy?",
            Facts = [new("Model", "none")],
            Verdict = new()
            {
                Statements =
                [
                    new(ReportTopic.Can, "A head of rank 4 copies 70.0 % of the tokens.", "figures"),
                    new(ReportTopic.Open, "Why it does not is open.", "figures"),
                ],
                Sureness = "No model, nothing measured.",
                Figure = ReportChart.Bars("figure", "What is copied", "Of all tokens.", "tokens, %",
                    ["best head", "best two heads, of a long name that takes two lines", "trained pair"],
                    [new("top-1", [], [51.4, 26.2, 76.3])]),
            },
            Glossary = [new("head", "It attends.") { Forms = ["heads"] }, new("rank", "How many directions.")],
            Sections =
            [
                new()
                {
                    Id = "one",
                    Title = "One experiment",
                    Question = "What does a head do?",
                    Statements = [new(ReportTopic.Can, "It copies.", "figures")],
                    Charts =
                    [
                        ReportChart.Lines("lines", "Lines", "Bars: intervals.", "rank r", "top-1, % of tokens", lines, xTicks: [1, 2, 4]),
                        ReportChart.Bars("bars", "Bars", "Lines: intervals.", "gain, nats", ["a", "b"],
                            [new("x", [], [1, -2]) { Low = [0.5, -3], High = [1.5, -1] }, new("y", [], [double.NaN, 3])]),
                    ],
                    Tables = [figures],
                    Notes = [new("A remark", "On the rank of a head.")],
                },
                ReportSection.Skipped("two", "Another", "Why?", "it was not asked for."),
            ],
            Footer = ["Made by a test."],
        };
    }
}
