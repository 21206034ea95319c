using OVPipeline.Core;
using OVPipeline.Reporting;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using PuppeteerSharp.Media;
using Xunit;

namespace OVPipeline.Samples.Tests.TestTheClaim;

/// <summary>The charts of a report as a browser draws them: what is drawn is what the figures say, and can be told apart.</summary>
public sealed class ReportChartPageTests(Browser browser) : IAsyncLifetime
{
    private const int Own = 9;
    private const string Long = "a name that is so long that it takes several lines at the side of a chart <b>always</b>";

    private static readonly double[] s_ranks = [512, 1024, 2048];

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-charts-").FullName;

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

    [Fact]
    public async Task Lines_OfManySeries_AreToldApartAndShownSoInTheirButtons()
    {
        await using var page = await Open();
        string[] drawn = await Lines(page);
        Assert.Equal(Own + 2, drawn.Distinct().Count()); // colour, dash, marker
        string[] own = drawn[..Own], references = drawn[Own..];
        Assert.All(own, line => Assert.EndsWith(" 3 markers", line, StringComparison.Ordinal));
        Assert.All(references, line => Assert.EndsWith(" 0 markers", line, StringComparison.Ordinal));
        Assert.Equal(7, own.Select(Colour).Distinct().Count());
        Assert.Equal(["solid", "dashed"], [Dash(own[0]), Dash(own[7])]); // the colours of seven lines come again dashed
        Assert.Equal(own[0].Split(' ')[0], own[7].Split(' ')[0]);
        Assert.All(references, line => Assert.DoesNotContain(Colour(line), own.Select(Colour)));
        Assert.All(references, line => Assert.Equal("dashed", Dash(line)));
        // Markers differ even where colours are not seen.
        Assert.Equal(Own, (await Markers(page)).Distinct().Count());
        string[] buttons = await page.Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('#many .legend svg path')].map(path =>
              `${getComputedStyle(path).stroke.replace(/ /g, '')} ${path.getAttribute('stroke-dasharray') ? 'dashed' : 'solid'}`)
            """);
        Assert.Equal(drawn.Select(line => $"{Colour(line)} {Dash(line)}"), buttons);
        Assert.Equal(["Series: press one to hide it"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#many [role=group]')].map(e => e.ariaLabel)"));

        static string Colour(string line) => line.Split(' ')[0];
        static string Dash(string line) => line.Split(' ')[1];
    }

    [Fact]
    public async Task Page_ThatTurnsDark_IsDrawnAsOneThatWasDark()
    {
        await using var page = await Open();
        string[] light = [.. await Lines(page), .. await Buttons(page)];
        await page.Page.EmulateMediaFeaturesAsync(
            [new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = "dark" }]);
        await page.Page.WaitForFunctionAsync("""
            before => getComputedStyle(document.querySelector('#many .js-line')).stroke.replace(/ /g, '') !== before
            """, new WaitForFunctionOptions { Timeout = 10_000 }, light[0].Split(' ')[0]);
        string[] turned = [.. await Lines(page), .. await Buttons(page)];
        await using var dark = await Open(new(Dark: true));
        string[] expected = [.. await Lines(dark), .. await Buttons(dark)];
        Assert.Equal(expected, turned);
        Assert.All(light.Zip(turned), pair => Assert.NotEqual(pair.First, pair.Second));

        static Task<string[]> Buttons(BrowserPage at) => at.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#many .legend svg path')].map(e => getComputedStyle(e).stroke)");
    }

    [Fact]
    public async Task Intervals_OfLinesAndBars_EndWhereTheFiguresDo()
    {
        await using var page = await Open();
        Assert.Equal(["40.5 30", "75 65"], await Ends("lines", "y"));
        Assert.Equal(["1.5 0.5", "-1 -3"], await Ends("bars", "x"));
        // A band has no bars, and is hidden with its line.
        Assert.Equal(1, await Count(page, "#lines .js-fill"));
        Assert.Equal("70 60", await page.Page.EvaluateExpressionAsync<string>(
            Js("lines", "y", "document.querySelector('#lines .js-fill')")));
        await page.Page.ClickAsync("#lines .legend button:nth-child(2)");
        Assert.Equal(0, await Count(page, "#lines .js-fill"));
        Assert.Equal(3, await Count(page, "#lines .points path.point"));

        Task<string[]> Ends(string chart, string axis) => page.Page.EvaluateExpressionAsync<string[]>($$"""
            [...document.querySelectorAll('#{{chart}} path.{{axis}}error')]
              .filter(e => Math.max(e.getBBox().width, e.getBBox().height) > 12).map(e => {{Js(chart, axis, "e")}})
            """);

        // The values at the ends of an element along an axis, to half a unit: the caps have a width of their own.
        static string Js(string chart, string axis, string element) => $$"""
            (element => {
              const plot = document.querySelector('#{{chart}} .plot'), layout = plot._fullLayout, box = element.getBoundingClientRect();
              const all = plot.getBoundingClientRect(), half = value => Math.round(2 * value) / 2 + 0;
              return '{{axis}}' === 'y'
                ? [box.top, box.bottom].map(at => half(layout.yaxis.p2l(at - all.top - layout._size.t))).join(' ')
                : [box.right, box.left].map(at => half(layout.xaxis.p2l(at - all.left - layout._size.l))).join(' ');
            })({{element}})
            """;
    }

    [Fact]
    public async Task Axes_OfEveryChart_SayWhatTheyAre()
    {
        await using var page = await Open();
        Assert.Equal(["rank r", "top-1, % of tokens"], await Plain(page, "#lines .g-xtitle, #lines .g-ytitle"));
        Assert.Equal(["gain, nats"], await Plain(page, "#bars .g-xtitle"));
        // A logarithmic axis: 1, 2 and 4 are as far apart.
        Assert.Equal(["1", "2", "4"], await Plain(page, "#lines .xtick text"));
        Assert.Equal(["512", "1024", "2048"], await Plain(page, "#many .xtick text"));
        double[] at = await page.Page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelectorAll('#lines .xtick text')].map(e => e.getBoundingClientRect()).map(b => (b.left + b.right) / 2)");
        Assert.Equal(at[1] - at[0], at[2] - at[1], 2.0);
        // Groups from top to bottom, and as long names as there are, in lines and as they are written.
        double[] heights = await page.Page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelectorAll('#bars .ytick text')].map(e => e.getBoundingClientRect().top)");
        Assert.Equal(heights.Order(), heights);
        string[] names = await Plain(page, "#bars .ytick text");
        Assert.Equal("a", names[0]);
        Assert.Equal(Long, string.Join(' ', names[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        int lines = await Count(page, "#bars .ytick:nth-child(2) tspan");
        Assert.InRange(lines, 3, 6);
        // They do not lie over each other, and neither do the bars.
        foreach (string chart in new[] { "bars", "silent" })
        {
            double gap = await page.Page.EvaluateFunctionAsync<double>("""
                id => (([above, below]) => below.top - above.bottom)
                  ([...document.querySelectorAll(`#${id} .ytick text`)].map(e => e.getBoundingClientRect()))
                """, chart);
            Assert.True(gap >= 0, $"{chart}: {gap}");
        }
        Assert.All(await Thickness(page, "thick"), thick => Assert.True(thick >= 12, $"{thick}"));
    }

    [Fact]
    public async Task Bars_WithAFormat_SayTheirValuesWhereNoIntervalStands()
    {
        await using var page = await Open();
        Assert.Equal(["3.0"], await Plain(page, "#bars .bartext")); // x has intervals, and y no value in the first group
        Assert.Equal(["51.4", "26.2"], await Plain(page, "#thick .barlayer .trace:first-child .bartext"));
        Assert.Empty(await Plain(page, "#silent .bartext"));
        // Outside of the bars, where they are read on the page.
        double[] beyond = await page.Page.EvaluateExpressionAsync<double[]>("""
            [...document.querySelectorAll('#thick .point')].map(point =>
              point.querySelector('text').getBoundingClientRect().left - point.querySelector('path').getBoundingClientRect().right)
            """);
        Assert.All(beyond, gap => Assert.InRange(gap, 0, 20));
    }

    [Theory]
    [InlineData("lines", ".scatterlayer .trace:first-child .points path", 1, "fit <b>&", "rank r: 2", "36.250 (30.000 to 40.500)")]
    [InlineData("lines", ".scatterlayer .trace:first-child .points path", 0, "fit <b>&", "rank r: 1", "10.000")]
    [InlineData("bars", ".barlayer .trace:first-child path", 0, "x", "a", "1.0 (0.5 to 1.5)")]
    [InlineData("bars", ".barlayer .trace:last-child path", 0, "y", "<b>always</b>", "3.0")]
    public async Task Point_UnderTheMouse_SaysItsSeriesItsPlaceAndItsValue(
        string chart, string points, int which, string series, string place, string value)
    {
        await using var page = await Open();
        double[] at = await page.Page.EvaluateFunctionAsync<double[]>("""
            (id, points, which) => {
              document.getElementById(id).scrollIntoView({ block: 'center', behavior: 'instant' });
              const seen = [...document.querySelectorAll(`#${id} ${points}`)].filter(e => e.getBBox().width > 2);
              const box = seen[which].getBoundingClientRect();
              return [box.left + box.width / 2, box.top + box.height / 2];
            }
            """, chart, points, which);
        await page.Page.Mouse.MoveAsync((decimal)at[0] - 3, (decimal)at[1], new MoveOptions { Steps = 2 });
        await page.Page.Mouse.MoveAsync((decimal)at[0], (decimal)at[1], new MoveOptions { Steps = 2 });
        await page.Page.WaitForSelectorAsync($"#{chart} .hoverlayer .hovertext");
        string[] lines = await page.Page.EvaluateFunctionAsync<string[]>(
            "id => [...document.querySelectorAll(`#${id} .hoverlayer .hovertext .nums tspan.line`)].map(e => e.textContent)", chart);
        Assert.Equal(series, lines[0]);
        Assert.EndsWith(place, string.Join(' ', lines[1..^1]), StringComparison.Ordinal);
        Assert.Equal(value, lines[^1]);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 40));
    }

    [Fact]
    public async Task Window_MadeNarrow_DrawsTheChartsAnew()
    {
        await using var page = await Open();
        await Fits(page, "13px");
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 390, Height = 900 });
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#lines .plot svg').getBoundingClientRect().width < 390",
            new WaitForFunctionOptions { Timeout = 10_000 });
        await Fits(page, "12px");
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 1400, Height = 900 });
        await page.Page.WaitForFunctionAsync("() => document.querySelector('#lines .plot svg').getBoundingClientRect().width > 700",
            new WaitForFunctionOptions { Timeout = 10_000 });
        await Fits(page, "13px");

        static async Task Fits(BrowserPage at, string size)
        {
            Assert.True(await at.Page.EvaluateExpressionAsync<bool>("""
                [...document.querySelectorAll('.plot')].every(e =>
                  e.querySelector('svg').getBoundingClientRect().width <= e.parentElement.getBoundingClientRect().width + 1)
                """));
            Assert.Equal(size, await at.Page.EvaluateExpressionAsync<string>(
                "getComputedStyle(document.querySelector('#lines .xtick text')).fontSize"));
        }
    }

    [Fact]
    public async Task Headings_OfSignedNumbers_SortThemAsNumbersAndOneAtATime()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("#signed thead th:nth-child(2) .sort");
        Assert.Equal(["d", "b", "c", "a"], await page.Texts("#signed tbody th")); // -10.5, -2, 0.5, 9.25
        await page.Page.ClickAsync("#signed thead th:nth-child(1) .sort");
        Assert.Equal(["a", "b", "c", "d"], await page.Texts("#signed tbody th"));
        Assert.Equal(["ascending"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('#signed th[aria-sort]')].map(e => e.ariaSort)"));
        Assert.Empty(await page.Texts("#one-row .sort")); // nothing to sort
    }

    private async Task<BrowserPage> Open(BrowserView? view = null)
    {
        var page = await browser.Open(Path.Combine(_folder, "report.html"), view);
        await page.Page.ClickAsync(".unfold");
        await page.Page.WaitForFunctionAsync("() => document.querySelectorAll('figure.chart:not(.live)').length === 0");
        return page;
    }

    private static Task<int> Count(BrowserPage page, string selector) =>
        page.Page.EvaluateFunctionAsync<int>("s => document.querySelectorAll(s).length", selector);

    // The text of elements of a drawing, its lines with a space between them.
    private static Task<string[]> Plain(BrowserPage page, string selector) => page.Page.EvaluateFunctionAsync<string[]>("""
        s => [...document.querySelectorAll(s)].map(text =>
          text.children.length > 0 ? [...text.children].map(line => line.textContent).join(' ') : text.textContent)
        """, selector);

    private static Task<double[]> Thickness(BrowserPage page, string chart) => page.Page.EvaluateFunctionAsync<double[]>(
        "id => [...document.querySelectorAll(`#${id} .point path`)].map(e => e.getBoundingClientRect().height)", chart);

    // Colour, dash and number of markers of each line that is drawn.
    private static Task<string[]> Lines(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>("""
        [...document.querySelectorAll('#many .scatterlayer .trace')].map(trace => {
          const style = getComputedStyle(trace.querySelector('.js-line')), markers = trace.querySelectorAll('.points path').length;
          const dash = style.strokeDasharray.replace('none', '').replace(/ /g, '');
          return `${style.stroke.replace(/ /g, '')} ${dash === '' ? 'solid' : 'dashed'} ${dash} ${markers} markers`;
        })
        """);

    private static Task<string[]> Markers(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>("""
        [...document.querySelectorAll('#many .scatterlayer .trace')].map(trace => trace.querySelector('.points path'))
          .filter(path => path?.getBBox().width > 4).map(path => `${path.getAttribute('d')} ${getComputedStyle(path).fill === 'none'}`)
        """);

    private static ReportDocument Report()
    {
        ChartSeries[] many =
        [
            .. Enumerable.Range(0, Own).Select(i => new ChartSeries($"line {i}", s_ranks, [i, i + 0.5, i + 1])),
            new("one reference", [512, 2048], [3, 3]) { Reference = true },
            new("another", [512, 2048], [5, 5]) { Reference = true },
        ];
        ChartSeries[] lines =
        [
            new("banded", [1, 2, 4], [65, 65, 65]) { Low = [60, 60, 60], High = [70, 70, 70], Band = true },
            new("fit <b>&", [1, 2, 4], [10, 36.25, 70]) { Low = [double.NaN, 30, 65], High = [double.NaN, 40.5, 75] },
        ];
        lines = [lines[1], lines[0]];
        return new()
        {
            Title = "Charts",
            Lead = "What do they show?",
            Sections =
            [
                new()
                {
                    Id = "one",
                    Title = "Charts",
                    Question = "What do they show?",
                    Charts =
                    [
                        ReportChart.Lines("many", "Many", "Lines.", "x", "y", many, xTicks: s_ranks),
                        ReportChart.Lines("lines", "Lines", "Bars: intervals.", "rank r", "top-1, % of tokens", lines, xTicks: [1, 2, 4]),
                        ReportChart.Bars("bars", "Bars", "Lines: intervals.", "gain, nats", ["a", Long],
                            [new("x", [], [1, -2]) { Low = [0.5, -3], High = [1.5, -1] }, new("y", [], [double.NaN, 3])]),
                        ReportChart.Bars("thick", "Thick", "Of all.", "tokens, %", ["a", "b"],
                            [.. Enumerable.Range(0, 6).Select(i => new ChartSeries($"{i}", [], [51.4 + i, 26.2 + i]))]),
                        ReportChart.Bars("silent", "Silent", "Of all.", "tokens, %", [Long, Long + " and ever"], [new("x", [], [1, 2])],
                            format: null),
                    ],
                    Tables = [Table("signed", [["c", 0.5], ["a", 9.25], ["d", -10.5], ["b", -2.0]]), Table("one-row", [["a", 1.0]])],
                },
            ],
        };
    }

    private static ReportTable Table(string id, IReadOnlyList<IReadOnlyList<ReportValue>> rows) =>
        new(id, "A table", [ReportColumn.Text("circuit"), ReportColumn.Number("gain", 2)], [.. rows.Select(row => row.ToArray())])
        {
            Units = "nothing",
        };
}
