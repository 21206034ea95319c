using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;
using PuppeteerSharp.Input;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>Attention pages of patterns that are known: of models that look ahead, and with weights that are next to nothing.</summary>
public sealed class AttentionPatternsInBrowserTests(Browser browser) : IDisposable
{
    // Rows that sum to 1, of values that are all different: a head that looks at the first token, and one that looks ahead.
    private static readonly double[][,] s_heads =
    [
        new[,] { { 0.91, 0.04, 0.03, 0.02 }, { 0.83, 0.08, 0.05, 0.04 }, { 0.75, 0.12, 0.07, 0.06 }, { 0.67, 0.13, 0.11, 0.09 } },
        new[,] { { 0.02, 0.17, 0.23, 0.58 }, { 0.10, 0.15, 0.26, 0.49 }, { 0.14, 0.16, 0.30, 0.40 }, { 0.18, 0.20, 0.29, 0.33 } },
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-patterns-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Pattern_OfAModelThatLooksAhead_IsDrawnWhole()
    {
        await using var page = await Open(s_heads, causal: false);
        await page.AssertSound();
        Assert.EndsWith("Every token sees all.", await page.Text("header p"), StringComparison.Ordinal);
        Assert.Equal("Text, by head 0.1", await page.Text("h2")); // the one that looks less at the first token
        foreach (int head in new[] { 0, 1 })
        {
            await page.Page.ClickAsync($"[data-head='0.{head}']");
            foreach (string canvas in new[] { $"[data-head='0.{head}'] canvas", ".large canvas" })
                Assert.Equal(
                    Enumerable.Range(0, 16).OrderByDescending(at => s_heads[head][at / 4, at % 4]), await DarkestFirst(page, canvas));
        }
        var box = await (await page.Page.QuerySelectorAsync(".large")).BoundingBoxAsync();
        await page.Page.Mouse.MoveAsync(box.X + (3.5m * box.Width / 4), box.Y + (0.5m * box.Height / 4));
        Assert.Equal("0 t0 to 3 t3: 58.0 %", await page.Text(".pointed"));
    }

    [Fact]
    public async Task Token_OfAModelThatLooksAhead_IsColouredByLaterTokensToo()
    {
        await using var page = await Open(s_heads, causal: false);
        await page.Page.ClickAsync("[data-token='1']");
        Assert.Equal(["0, 10.0 %", "1, 15.0 %", "2, 26.0 %", "3, 49.0 %"], await Titles(page));
        Assert.Equal(["3 t3 49.0 %", "2 t2 26.0 %", "1 t1 15.0 %", "0 t0 10.0 %"], await Strongest(page));
        await page.Page.ClickAsync("input[value=to]");
        Assert.Equal(["0, 17.0 %", "1, 15.0 %", "2, 16.0 %", "3, 20.0 %"], await Titles(page));
        Assert.Equal("Head 0.1. t1 is attended to most by t3, 20.0 %.", await page.Text("[role=status]"));
        // Without a chosen token the mean over all that look, as all of them see it.
        await page.Page.Keyboard.PressAsync(Key.Tab);
        await page.Page.FocusAsync("[data-token='1']");
        await page.Page.Keyboard.PressAsync(Key.Escape);
        await page.Page.HoverAsync("h1");
        Assert.Equal(
            Enumerable.Range(0, 4).Select(key => $"{key}, {Percent(Enumerable.Range(0, 4).Average(query => s_heads[1][query, key]))}"),
            await Titles(page));
    }

    [Fact]
    public async Task Pattern_OfACausalModel_IsClearWhereTokensComeLater()
    {
        await using var page = await Open(s_heads, causal: true);
        Assert.EndsWith("Causal: a token sees itself and those before it.", await page.Text("header p"), StringComparison.Ordinal);
        await page.Page.ClickAsync("[data-head='0.0']");
        Assert.Equal(
            Enumerable.Range(0, 16).Where(at => at % 4 <= at / 4).OrderByDescending(at => s_heads[0][at / 4, at % 4]),
            await DarkestFirst(page, ".large canvas"));
    }

    [Fact]
    public async Task Strongest_WeightsThatAreNextToNothing_AreLeftOut()
    {
        // Of 12 tokens the last one's weights: what the table would show as 0.0 % is not among its strongest.
        double[] last = [0.00049, 0.0006, 0.0004, 0.00051, 0.7, 0.0001, 0, 0.0006, 0.00001, 0.25, 0.00045, 0.04734];
        double[,] pattern = new double[12, 12];
        for (int query = 0; query < 12; query++)
            for (int key = 0; key < 12; key++)
                pattern[query, key] = query == 11 ? last[key] : key <= query ? 1.0 / (query + 1) : 0;
        await using (var page = await Open([pattern], causal: true))
            Assert.Equal(
                ["4 t4 70.0 %", "9 t9 25.0 %", "11 t11 4.7 %", "1 t1 0.1 %", "7 t7 0.1 %", "3 t3 0.1 %"], await Strongest(page));
        // Of those that are left the first eight.
        for (int key = 0; key < 12; key++)
            pattern[11, key] = (key + 1) / 78.0;
        await using (var page = await Open([pattern], causal: true))
            Assert.Equal(
                Enumerable.Range(4, 8).Reverse().Select(key => $"{key} t{key} {Percent(pattern[11, key])}"), await Strongest(page));
    }

    [Fact]
    public async Task Ways_StartAndChange_MarkTheOneThatIsShown()
    {
        await using var page = await Open(s_heads, causal: false);
        Assert.Equal(["what it attends to"], await Chosen(page));
        Assert.EndsWith("3 t3 attends to", await page.Text(".columns h2"), StringComparison.Ordinal);
        await page.Page.ClickAsync("input[value=to]");
        Assert.Equal(["what attends to it"], await Chosen(page));
        Assert.EndsWith("3 t3 is attended to by", await page.Text(".columns h2"), StringComparison.Ordinal);
        await page.Page.ClickAsync("[data-token='1']"); // drawn anew: the mark stays
        Assert.Equal(["what attends to it"], await Chosen(page));
        await page.Page.FocusAsync("input[value=to]");
        await page.Page.Keyboard.PressAsync(Key.ArrowUp);
        Assert.Equal(["what it attends to"], await Chosen(page));
        Assert.EndsWith("1 t1 attends to", await page.Text(".columns h2"), StringComparison.Ordinal);

        static Task<string[]> Chosen(BrowserPage at) => at.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('input[name=way]')].filter(e => e.checked).map(e => e.parentElement.innerText.trim())");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Tokens_OfAnyWeight_AreReadOnTheirColours(bool dark)
    {
        // A row a token: from nothing to all in tenths, as far as rows go that need not sum to 1 here.
        double[,] pattern = new double[11, 11];
        for (int query = 0; query < 11; query++)
            for (int key = 0; key < 11; key++)
                pattern[query, key] = key / 10.0;
        await using var page = await Open([pattern], causal: false, new(Dark: dark));
        int[][] colours = await page.Page.EvaluateExpressionAsync<int[][]>("""
            [...document.querySelectorAll('[data-token]')].map(e => getComputedStyle(e))
              .map(style => [style.backgroundColor, style.color].flatMap(c => c.match(/\d+/g).slice(0, 3).map(Number)))
            """);
        Assert.Equal(11, colours.Length);
        double[] lights = [.. colours.Select(colour => PageColour.Luminance(colour[..3]))];
        Assert.Equal(dark ? lights.Order() : lights.OrderDescending(), lights);
        foreach (int[] colour in colours)
        {
            double contrast = PageColour.Contrast(colour[..3], colour[3..]);
            Assert.True(contrast >= 4.5, $"{string.Join(' ', colour)}: {contrast}");
        }
        Assert.Equal(2, colours.Select(colour => colour[3]).Distinct().Count()); // black on some, white on others
    }

    private async Task<BrowserPage> Open(double[][,] heads, bool causal, BrowserView? view = null)
    {
        int tokens = heads[0].GetLength(0);
        string file = Path.Combine(_folder, $"attention-{Guid.NewGuid():N}.html");
        AttentionPage.Save(new()
        {
            Model = new()
            {
                Name = "known",
                Layers = 1,
                Heads = heads.Length,
                DModel = 4,
                DHead = 2,
                Vocabulary = 50,
                Bidirectional = !causal,
            },
            Ids = [.. Enumerable.Range(0, tokens)],
            Tokens = [.. Enumerable.Range(0, tokens).Select(i => $"t{i}")],
            Patterns = [.. heads.Select(head => Matrix.Create(tokens, tokens, (query, key) => (float)head[query, key]))],
        }, file);
        return await browser.Open(file, view);
    }

    // The squares of a pattern that are drawn, the darkest first; clear ones are left out.
    private static Task<int[]> DarkestFirst(BrowserPage page, string canvas) => page.Page.EvaluateFunctionAsync<int[]>("""
        selector => {
          const canvas = document.querySelector(selector), { width, height } = canvas;
          const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
          const sum = at => bytes[4 * at] + bytes[4 * at + 1] + bytes[4 * at + 2];
          return Array.from({ length: width * height }, (_, at) => at).filter(at => bytes[4 * at + 3] === 255)
            .sort((a, b) => sum(a) - sum(b));
        }
        """, canvas);

    private static Task<string[]> Titles(BrowserPage page) =>
        page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('[data-token]')].map(e => e.title)");

    private static Task<string[]> Strongest(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('.strongest tbody tr')].map(e => e.innerText.trim().split(/\\s+/).join(' '))");

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
