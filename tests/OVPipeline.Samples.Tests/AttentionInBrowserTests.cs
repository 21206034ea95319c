using System.Globalization;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>One run of a prompt through the embedded model.</summary>
public sealed class PromptJob : IDisposable
{
    public const string Prompt = "\"Come here,\" said Mr. Wickham to Elizabeth.\n\"No,\" said Elizabeth, and Mr. Wickham went away.";

    public PromptJob() => Process = SampleProcess.Run("MeasureBehaviour", "--prompt", Prompt, "--out", Folder);

    internal SampleProcess Process { get; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("ovpipeline-prompt-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>The attention page in a browser: what is clicked shows what attention.csv says.</summary>
public sealed class AttentionInBrowserTests(PromptJob job, Browser browser) : IClassFixture<PromptJob>
{
    private const int T = 39;

    public static TheoryData<BrowserView> Views => [.. BrowserView.All];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Page_AnyView_IsSound(BrowserView view)
    {
        await using var page = await Open(view);
        await page.AssertSound();
        await page.Show($"attention-{view}");
        await page.Page.ClickAsync("[data-head='1.7']");
        await page.Page.ClickAsync("input[value=to]");
        await page.Page.ClickAsync("[data-token='8']");
        await page.AssertSound();
    }

    [Fact]
    public async Task Token_Clicked_ShowsWhatItAttendsToAndWhatAttendsToIt()
    {
        var weights = Weights();
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='1.6']");
        await page.Page.ClickAsync("[data-token='25']");
        Assert.Equal(
            Enumerable.Range(0, T).Select(key => key > 25 ? "25" : $"{key}, {Percent(weights[("L1H6", 25, key)])}").Take(26),
            (await Titles(page)).Take(26));
        Assert.All((await Titles(page)).Skip(26), title => Assert.DoesNotContain("%", title, StringComparison.Ordinal));
        var strongest = Enumerable.Range(0, 26).Where(key => weights[("L1H6", 25, key)] >= 0.0005)
            .OrderByDescending(key => weights[("L1H6", 25, key)]).Take(8);
        Assert.Equal(strongest.Select(key => Percent(weights[("L1H6", 25, key)])), await page.Texts(".strongest td:last-child"));
        Assert.StartsWith("Head 1.6. ", await page.Text("[role=status]"), StringComparison.Ordinal);

        await page.Page.ClickAsync("input[value=to]");
        string[] titles = await Titles(page);
        Assert.Equal(
            Enumerable.Range(25, T - 25).Select(query => $"{query}, {Percent(weights[("L1H6", query, 25)])}"), titles.Skip(25));
    }

    [Fact]
    public async Task Head_Clicked_ColoursTheTextByIt()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("[data-token='30']");
        await page.Page.ClickAsync("[data-head='0.7']"); // the previous-token head
        string[] previous = await Colours(page);
        await page.Page.ClickAsync("[data-head='0.0']");
        string[] first = await Colours(page);
        Assert.NotEqual(previous, first);
        Assert.Equal(29, Darkest(previous));
        Assert.Equal(0, Darkest(first));
    }

    [Fact]
    public async Task Pattern_PointedAt_SaysFromWhichTokenToWhich()
    {
        var weights = Weights();
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='1.7']");
        var box = await (await page.Page.QuerySelectorAsync(".large")).BoundingBoxAsync();
        await Point(20, 3);
        Assert.EndsWith(": " + Percent(weights[("L1H7", 20, 3)]), await page.Text(".pointed"), StringComparison.Ordinal);
        Assert.StartsWith("20 ", await page.Text(".pointed"), StringComparison.Ordinal);
        await Point(3, 20);
        Assert.EndsWith("cannot be seen, as it comes later", await page.Text(".pointed"), StringComparison.Ordinal);

        Task Point(int query, int key) => page.Page.Mouse.MoveAsync(
            box.X + ((key + 0.5m) * box.Width / T), box.Y + ((query + 0.5m) * box.Height / T));
    }

    [Fact]
    public async Task Keyboard_Alone_ChoosesTokensAndHeads()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        await page.Page.FocusAsync("[data-token='0']");
        await keys.PressAsync(Key.ArrowRight);
        await keys.PressAsync(Key.ArrowRight);
        await keys.PressAsync(Key.Enter);
        Assert.Equal("true", await page.Page.EvaluateExpressionAsync<string>("document.querySelector('[data-token=\"2\"]').ariaPressed"));
        await keys.PressAsync(Key.Tab);
        Assert.NotEqual("", await Focused());
        await keys.PressAsync(Key.Home, new PressOptions());
        await keys.PressAsync(Key.ArrowRight);
        await keys.PressAsync(Key.Enter);
        string head = await Focused();
        Assert.EndsWith(".1", head, StringComparison.Ordinal);
        Assert.Contains($"head {head}", await page.Text("h2"), StringComparison.Ordinal);

        Task<string> Focused() => page.Page.EvaluateExpressionAsync<string>("document.activeElement.dataset.head ?? ''");
    }

    [Fact]
    public async Task Page_Opened_BeginsWithTheHeadThatLooksLeastAtTheFirstToken()
    {
        var weights = Weights();
        await using var page = await Open();
        int busiest = Enumerable.Range(0, 12).MinBy(head => Enumerable.Range(0, T).Sum(query => weights[($"L1H{head}", query, 0)]));
        Assert.Equal($"Text, by head 1.{busiest}", await page.Text("h2"));
        Assert.Equal([$"1.{busiest}"], await Chosen(page));
        // The lines of the text are lines, and the token that is looked from is marked.
        Assert.Equal(1, await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.prompt br').length"));
        Assert.Equal([$"{T - 1}"], await Here(page));
        double[] bars = await page.Page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelectorAll('.bar i')].map(e => parseFloat(e.style.width))");
        Assert.Equal(await page.Texts(".strongest td:last-child"), bars.Select(width => Percent(width / 100)));
        await page.Page.ClickAsync("[data-head='0.7']");
        Assert.Equal(["0.7"], await Chosen(page));
    }

    [Fact]
    public async Task Token_PointedAtChosenAndLetGo_IsWhatIsShown()
    {
        var weights = Weights();
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='1.6']");
        await page.Page.HoverAsync("[data-token='25']");
        Assert.Equal(["25"], await Here(page));
        Assert.Contains($"0, {Percent(weights[("L1H6", 25, 0)])}", await Titles(page));
        Assert.StartsWith("Head 1.6: 25 ", await page.Text(".columns h2"), StringComparison.Ordinal);
        await page.Page.HoverAsync("h1"); // away: what was chosen is shown again
        Assert.Equal([$"{T - 1}"], await Here(page));
        await page.Page.ClickAsync("[data-token='25']");
        var best = Enumerable.Range(0, 26).MaxBy(key => weights[("L1H6", 25, key)]);
        Assert.EndsWith($", {Percent(weights[("L1H6", 25, best)])}.", await page.Text("[role=status]"), StringComparison.Ordinal);
        Assert.Equal(["25"], await Pressed(page));
        await page.Page.ClickAsync("input[value=to]");
        Assert.Contains(" is attended to by", await page.Text(".columns h2"), StringComparison.Ordinal);
        Assert.Contains("is attended to most by", await page.Text("[role=status]"), StringComparison.Ordinal);
        await page.Page.HoverAsync("h1");

        // Let go by a second click or by the Escape key: then means over the tokens that see it.
        await page.Page.ClickAsync("[data-token='25']");
        await page.Page.HoverAsync("h1");
        Assert.Empty(await Pressed(page));
        Assert.Equal("Head 1.6. No token is chosen.", await page.Text("[role=status]"));
        Assert.Equal(
            Enumerable.Range(0, T).Select(key =>
                $"{key}, {Percent(Enumerable.Range(key, T - key).Average(query => weights[("L1H6", query, key)]))}"),
            await Titles(page));
        await page.Page.ClickAsync("[data-token='3']");
        await page.Page.Keyboard.PressAsync(Key.Escape);
        Assert.Empty(await Pressed(page));
    }

    [Fact]
    public async Task Keys_InTheText_GoFromEndToEndAndNoFurther()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        await page.Page.FocusAsync("[data-token='5']");
        foreach (var (key, at) in new[]
        {
            (Key.ArrowLeft, 4), (Key.ArrowUp, 3), (Key.ArrowDown, 4), (Key.ArrowRight, 5), (Key.Home, 0), (Key.ArrowLeft, 0),
            (Key.End, T - 1), (Key.ArrowRight, T - 1),
        })
        {
            await keys.PressAsync(key);
            Assert.Equal($"{at}", await page.Page.EvaluateExpressionAsync<string>("document.activeElement.dataset.token"));
        }
        Assert.Equal([$"{T - 1}"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.prompt [tabindex=\"0\"]')].map(e => e.dataset.token)"));
        // Where a head was chosen the keys go on from, and there is one stop for all of them.
        await page.Page.ClickAsync("[data-head='0.3']");
        await page.Page.WaitForSelectorAsync("[data-head='0.3'][tabindex='0']", new WaitForSelectorOptions { Timeout = 10_000 });
        Assert.Equal(["0.3"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('[data-head][tabindex=\"0\"]')].map(e => e.dataset.head)"));
        await page.Page.FocusAsync("[data-head='0.3']");
        await keys.PressAsync(Key.ArrowDown);
        await keys.PressAsync(Key.ArrowRight);
        await keys.PressAsync(Key.Enter);
        Assert.Equal(["1.4"], await Chosen(page));
    }

    [Fact]
    public async Task Pattern_OfAHead_IsDrawnRowByRowAndForgotten()
    {
        var weights = Weights();
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='0.7']"); // the previous-token head
        // Of each row the square that is darkest, and where nothing is drawn.
        int[][] drawn = await page.Page.EvaluateFunctionAsync<int[][]>("""
            length => {
              const canvas = document.querySelector('.large canvas').getContext('2d');
              const bytes = canvas.getImageData(0, 0, length, length).data;
              return Array.from({ length }, (_, row) => {
                const squares = Array.from({ length }, (_, column) => 4 * (row * length + column)).map(at => [...bytes.slice(at, at + 4)]);
                const sums = squares.map(([r, g, b, a]) => a === 0 ? 1e9 : r + g + b);
                return [sums.indexOf(Math.min(...sums)), squares.filter(square => square[3] === 0).length];
              });
            }
            """, T);
        Assert.Equal(
            Enumerable.Range(0, T).Select(query =>
                (Enumerable.Range(0, query + 1).MaxBy(key => weights[("L0H7", query, key)]), T - 1 - query)),
            drawn.Select(row => (row[0], row[1])));
        var box = await (await page.Page.QuerySelectorAsync(".large")).BoundingBoxAsync();
        await page.Page.Mouse.MoveAsync(box.X + (10.5m * box.Width / T), box.Y + (20.5m * box.Height / T));
        double[] marked = await page.Page.EvaluateExpressionAsync<double[]>(
            "['top', 'left'].map(side => parseFloat(document.querySelector('.large i').style[side]))");
        Assert.Equal([100.0 * 20 / T, 100.0 * 10 / T], marked, (a, b) => Math.Abs(a - b) < 0.01);
        await page.Page.HoverAsync("h1");
        Assert.Null(await page.Page.QuerySelectorAsync(".large i"));
        await page.Page.TapAsync(".large"); // as on a phone, where a finger that is lifted has not gone elsewhere
        Assert.NotNull(await page.Page.QuerySelectorAsync(".large i"));
    }

    [Theory]
    [InlineData("--prompt x --model tests/OVPipeline.Checkpoints.Tests/Fixtures/Architectures/gpt2", "has no tokenizer")]
    public void Prompt_ThatCannotRun_IsOneSentenceAndExitCode2(string arguments, string named)
    {
        var run = SampleProcess.Run("MeasureBehaviour", [.. arguments.Split(' ')
            .Select(word => word.StartsWith("tests/", StringComparison.Ordinal) ? Path.Combine(MainJob.FindRoot(), word) : word)]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
    }

    private Task<BrowserPage> Open(BrowserView? view = null)
    {
        Assert.Equal((0, ""), (job.Process.ExitCode, job.Process.Error));
        return browser.Open(Path.Combine(job.Folder, "attention.html"), view);
    }

    private Dictionary<(string Head, int Query, int Key), double> Weights() =>
        File.ReadLines(Path.Combine(job.Folder, "attention.csv")).Skip(1).Select(line => line.Split(',')).ToDictionary(
            row => (row[0], int.Parse(row[1], CultureInfo.InvariantCulture), int.Parse(row[2], CultureInfo.InvariantCulture)),
            row => double.Parse(row[3], CultureInfo.InvariantCulture));

    private static Task<string[]> Chosen(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('[data-head][aria-selected=true]')].map(e => e.dataset.head)");

    private static Task<string[]> Here(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('.prompt .here')].map(e => e.dataset.token)");

    private static Task<string[]> Pressed(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('.prompt [aria-pressed=true]')].map(e => e.dataset.token)");

    private static Task<string[]> Titles(BrowserPage page) =>
        page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('[data-token]')].map(e => e.title)");

    private static Task<string[]> Colours(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('[data-token]')].map(e => getComputedStyle(e).backgroundColor)");

    private static int Darkest(string[] colours) =>
        colours.Index().MinBy(item => item.Item[4..^1].Split(',').Sum(part => double.Parse(part, CultureInfo.InvariantCulture))).Index;

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
