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

    private static Task<string[]> Titles(BrowserPage page) =>
        page.Page.EvaluateExpressionAsync<string[]>("[...document.querySelectorAll('[data-token]')].map(e => e.title)");

    private static Task<string[]> Colours(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('[data-token]')].map(e => getComputedStyle(e).backgroundColor)");

    private static int Darkest(string[] colours) =>
        colours.Index().MinBy(item => item.Item[4..^1].Split(',').Sum(part => double.Parse(part, CultureInfo.InvariantCulture))).Index;

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
