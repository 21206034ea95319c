using System.Globalization;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using Xunit;

namespace OVPipeline.Samples.Tests.HeadAtlasPage;

/// <summary>The atlas of the embedded model in a browser: what is clicked shows what the CSV files say.</summary>
public sealed class AtlasInBrowserTests(AtlasJob job, Browser browser) : IClassFixture<AtlasJob>
{
    private const int V = 3142;

    private static readonly string[] s_kinds = ["Q", "K", "V"];
    private static readonly char[] s_breaks = ['\t', '\n'];

    public static TheoryData<BrowserView> Views => [.. BrowserView.All];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Page_EveryPart_IsSound(BrowserView view)
    {
        await using var page = await Open(view);
        await page.AssertSound();
        await page.Show($"atlas-head-{view}");
        await Find(page, "the");
        await page.AssertSound();
        await page.Show($"atlas-token-{view}");
        await page.Page.ClickAsync("#tab-compare");
        await page.AssertSound();
        await page.Show($"atlas-compare-{view}");
    }

    [Fact]
    public void File_EmbeddedModel_IsUnderTwoMegabytes() =>
        Assert.InRange(new FileInfo(Path.Combine(job.Folder, "atlas.html")).Length, 1_000_000, 2_000_000);

    [Theory, InlineData("0.3"), InlineData("1.7")]
    public async Task Head_Clicked_ShowsItsTokensScoresAndSpectrum(string head)
    {
        await using var page = await Open();
        await page.Page.ClickAsync($"[data-head='{head}']");
        Assert.Equal($"Head {head}", await page.Text("#panel h2"));
        Assert.Equal("true", await Attribute(page, $"[data-head='{head}']", "aria-selected"));
        var tokens = job.Rows("head-tokens.csv").Where(row => row["head"] == Label(head)).ToArray();
        string[] expected = [.. tokens.Select(row => $"{row["token"]} {Count(row["token_rank"])} {Fixed(row["token_log_loss"], 3)}")];
        Assert.Equal(20, expected.Length);
        string[] shown = await page.Texts("#panel section.two tbody tr");
        Assert.Equal(expected, shown.Select(row => string.Join(' ', row.Split(s_breaks, StringSplitOptions.RemoveEmptyEntries))));

        var scores = job.Rows("heads.csv").Single(row => row["head"] == Label(head));
        string[] figures = await page.Texts(".scores td.n");
        Assert.Equal(24, figures.Length);
        Assert.Equal(Percent(scores["top1"]), figures[0]);
        Assert.Equal(Fixed(scores["copying_score"], 3), figures[5]);
        Assert.Equal(Percent(scores["first_position"]), figures[22]);
        string[] values =
            [.. job.Rows("singular-values.csv").Where(row => row["head"] == Label(head)).Select(row => row["singular_value"])];
        Assert.Equal(
            values.Select((value, i) => $"singular value {i + 1}: {Fixed(value, 2)}"),
            await page.Page.EvaluateExpressionAsync<string[]>(
                "[...document.querySelectorAll('.spectrum title')].map(e => e.textContent)"));
    }

    [Fact]
    public async Task Measure_Chosen_ColoursTheHeadsByIt()
    {
        await using var page = await Open();
        string[] before = await Colours(page);
        await page.Page.SelectAsync("#measure", "previous_position");
        string[] after = await Colours(page);
        Assert.NotEqual(before, after);
        string[] shares = [.. job.Rows("heads.csv").Select(row => Percent(row["previous_position"])[..^2])];
        Assert.Equal(shares, await page.Texts(".cell"));
        // The darker a colour, the higher its figure.
        double[] darkness = [.. after.Select(colour => -colour[4..^1].Split(',').Sum(double.Parse))];
        double[] figures = [.. job.Rows("heads.csv").Select(row => Number(row["previous_position"]))];
        Assert.Equal(figures.Max(), figures[darkness.Index().MaxBy(item => item.Item).Index]);
        Assert.True(darkness.Distinct().Count() > 2);
        await page.Page.SelectAsync("#measure", "copying_score");
        Assert.NotEqual(after, await Colours(page));
        Assert.Contains("-1", await page.Text(".legend"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_Token_ShowsWhatEveryHeadMakesOfIt()
    {
        await using var page = await Open();
        int id = await Find(page, "the");
        var ranks = job.Rows("token-ranks.csv").Single(row => row["id"] == id.ToString(CultureInfo.InvariantCulture));
        var outputs = job.Rows("token-outputs.csv")[id];
        string[] tokens = [.. job.Rows("token-ranks.csv").Select(row => row["token"])];
        Assert.Equal(ranks["token"], await page.Text("#panel h2"));
        var expected = job.Rows("heads.csv").Select(row => row["head"])
            .Select(head => (Head: head, Rank: int.Parse(ranks[head], CultureInfo.InvariantCulture)))
            .OrderBy(pair => pair.Rank).ToArray();
        string[][] rows = [.. (await page.Texts("#panel tbody tr"))
            .Select(row => row.Split(s_breaks, StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(expected.Select(pair => Shown(pair.Head)), rows.Select(row => row[0]));
        Assert.Equal(expected.Select(pair => Count(pair.Rank.ToString(CultureInfo.InvariantCulture))), rows.Select(row => row[1]));
        Assert.Equal(
            expected.Select(pair => outputs[pair.Head].Split(' ').Select(Named)),
            rows.Select(row => row[2..]));
        // The grid is coloured by the same ranks.
        Assert.Equal(job.Rows("heads.csv").Select(row => Count(ranks[row["head"]])), await page.Texts(".cell"));

        string Named(string output) => tokens[int.Parse(output, CultureInfo.InvariantCulture)];
    }

    [Fact]
    public async Task Search_WithoutResults_SaysSoAndChangesNothing()
    {
        await using var page = await Open();
        string before = await page.Text("#panel h2");
        await page.Page.TypeAsync("#search", "qqzzqq");
        await page.Page.WaitForFunctionAsync(
            "() => document.querySelector('#found')?.innerText.trim() === 'No token has that in it.'",
            new WaitForFunctionOptions { Timeout = 10_000 });
        await page.Page.Keyboard.PressAsync(Key.Enter);
        await page.Page.ClickAsync("#found li");
        Assert.Equal(before, await page.Text("#panel h2"));
        Assert.Equal("true", await Attribute(page, "#search", "aria-expanded"));
        await page.Page.Keyboard.PressAsync(Key.Escape);
        await page.Page.WaitForSelectorAsync("#search[aria-expanded=false]", new WaitForSelectorOptions { Timeout = 10_000 });
        Assert.Null(await page.Page.QuerySelectorAsync("#found"));
    }

    [Fact]
    public async Task TwoHeads_Compared_ShowTheSetsThatTheRanksGive()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='1.7']");
        await page.Page.ClickAsync("#tab-compare");
        await page.Page.ClickAsync("[data-head='1.1']");
        Assert.Equal("Heads 1.7 and 1.1", await page.Text("#panel h2"));
        var rows = job.Rows("token-ranks.csv");
        foreach (int within in new[] { 1, 5 })
        {
            await page.Page.SelectAsync("#within", within.ToString(CultureInfo.InvariantCulture));
            string[] left = Copied("L1H7"), right = Copied("L1H1"), both = [.. left.Intersect(right)];
            Assert.Equal(
                [Count(left.Length - both.Length), Count(both.Length), Count(right.Length - both.Length)],
                await page.Texts(".sets .big"));
            Assert.Equal(both.Take(60), await page.Texts("[data-set=b] .chip"));
            Assert.Equal(left.Except(right).Take(60), await page.Texts("[data-set=l] .chip"));
            string[] Copied(string head) => [.. rows.Where(row => int.Parse(row[head], CultureInfo.InvariantCulture) <= within)
                .Select(row => row["token"])];
        }
        // Shares of heads.csv count the same tokens.
        await page.Page.SelectAsync("#within", "1");
        var heads = job.Rows("heads.csv");
        int[] sets = [.. (await page.Texts(".sets .big"))
            .Select(count => int.Parse(count, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        Assert.Equal(Number(heads.Single(row => row["head"] == "L1H7")["top1"]), (double)(sets[0] + sets[1]) / V);
        Assert.Equal(Number(heads.Single(row => row["head"] == "L1H1")["top1"]), (double)(sets[1] + sets[2]) / V);
    }

    [Fact]
    public async Task Composition_OfAHead_IsTheStrongestPairsAsListedAndDrawn()
    {
        await using var page = await Open();
        var rows = job.Rows("compositions.csv");
        foreach (string head in new[] { "1.1", "0.7" })
        {
            await page.Page.ClickAsync($"[data-head='{head}']");
            string end = head[0] == '1' ? "later" : "earlier";
            var expected = s_kinds.SelectMany(kind => rows.Where(row => row[end] == Label(head))
                .Select(row => (Pair: $"{kind} {Shown(row["earlier"])} {Shown(row["later"])}",
                    Score: row[$"{kind.ToLowerInvariant()}_composition"]))
                .OrderByDescending(pair => Number(pair.Score)).Take(4)).ToArray();
            string[] pairs = await page.Page.EvaluateExpressionAsync<string[]>(
                "[...document.querySelectorAll('[data-pair]')].map(e => e.dataset.pair)");
            string[] scores = await page.Texts(".pairs td.n");
            // Those that are listed are the strongest, and whoever is left out is below the chance that is said.
            double chance = Chance(await page.Text(".composition > p.small"));
            Assert.Equal(expected.Where(pair => Number(pair.Score) > chance).Select(pair => pair.Pair), pairs);
            Assert.Equal(expected.Where(pair => Number(pair.Score) > chance).Select(pair => Fixed(pair.Score, 3)), scores);
            Assert.NotEmpty(pairs);
            int tips = await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.arrows path[marker-end]').length");
            Assert.Equal(pairs.Length, tips);
        }
        int drawn = await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.arrows path.K').length");
        await page.Page.ClickAsync(".kinds label:nth-of-type(2) input");
        Assert.True(drawn > 0 && await page.Page.QuerySelectorAsync(".arrows path.K") is null);
    }

    [Fact]
    public async Task Keyboard_Alone_ReachesEverything()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        await page.Page.FocusAsync("#search");
        await keys.TypeAsync("#12");
        await keys.PressAsync(Key.Enter);
        Assert.Equal("12", (await page.Text("#panel .lead")).Split(' ')[1].TrimEnd('.'));
        await Tab("measure");
        await Tab(null, 4); // three kinds, then the grid: one stop for all of its heads
        string first = await Focused();
        Assert.Equal("1.1", first); // the one that is selected
        await keys.PressAsync(Key.ArrowUp);
        await keys.PressAsync(Key.ArrowRight);
        Assert.Equal("0.2", await Focused());
        await keys.PressAsync(Key.End);
        await keys.PressAsync(Key.ArrowRight); // nothing beyond
        Assert.Equal("0.11", await Focused());
        await keys.PressAsync(Key.Home);
        await keys.PressAsync(Key.Enter);
        Assert.Equal("Head 0.0", await page.Text("#panel h2"));
        Assert.StartsWith("Head 0.0, ", await page.Text("[role=status]"), StringComparison.Ordinal);
        Assert.Equal(1, await page.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.cell[tabindex=\"0\"]').length"));
        await page.Page.FocusAsync("#tab-head");
        await keys.PressAsync(Key.ArrowRight);
        await keys.PressAsync(Key.ArrowRight);
        Assert.Equal("tab-compare", await page.Page.EvaluateExpressionAsync<string>("document.activeElement.id"));
        Assert.StartsWith("Heads 0.0 and ", await page.Text("#panel h2"), StringComparison.Ordinal);
        // What has the focus shows it.
        Assert.NotEqual("none", await page.Page.EvaluateExpressionAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));

        async Task Tab(string? id, int times = 1)
        {
            for (int i = 0; i < times; i++)
                await keys.PressAsync(Key.Tab);
            if (id is not null)
                Assert.Equal(id, await page.Page.EvaluateExpressionAsync<string>("document.activeElement.id"));
        }

        Task<string> Focused() => page.Page.EvaluateExpressionAsync<string>("document.activeElement.dataset.head ?? ''");
    }

    [Fact]
    public async Task Address_OfWhatIsShown_ShowsItAgain()
    {
        await using var page = await Open();
        await Find(page, "#7");
        await page.Page.ClickAsync("[data-head='0.5']");
        await page.Page.SelectAsync("#measure", "matching_score");
        string address = page.Page.Url;
        Assert.Contains("head=0.5", address, StringComparison.Ordinal);
        await using var again = await Open();
        await again.Page.EvaluateExpressionAsync($"location.hash = '{address.Split('#')[1]}', location.reload()");
        await again.Page.WaitForSelectorAsync("[data-head='0.5'][aria-selected=true]", new WaitForSelectorOptions { Timeout = 10_000 });
        Assert.Equal("matching_score", await again.Page.EvaluateExpressionAsync<string>("document.getElementById('measure').value"));
        Assert.Equal("Head 0.5", await again.Text("#panel h2"));
    }

    private Task<BrowserPage> Open(BrowserView? view = null)
    {
        Assert.Equal((0, ""), (job.Process.ExitCode, job.Process.Error));
        return browser.Open(Path.Combine(job.Folder, "atlas.html"), view);
    }

    // Types into the search and takes what comes first.
    private static async Task<int> Find(BrowserPage page, string token)
    {
        await page.Page.TypeAsync("#search", token);
        // The list is drawn after the key: the one of a part of what was typed is not it.
        await page.Page.WaitForFunctionAsync("""
            wanted => {
              const first = document.querySelector('#found li[id]')?.textContent.toLowerCase();
              return wanted.startsWith('#') ? first?.endsWith(wanted) : first?.includes(wanted);
            }
            """, new WaitForFunctionOptions { Timeout = 10_000 }, token);
        await page.Page.ClickAsync("#found li");
        return int.Parse((await page.Text("#panel .lead")).Split(' ')[1].TrimEnd('.'), CultureInfo.InvariantCulture);
    }

    private static Task<string[]> Colours(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('.cell')].map(e => getComputedStyle(e).backgroundColor)");

    private static Task<string> Attribute(BrowserPage page, string selector, string name) =>
        page.Page.EvaluateFunctionAsync<string>("(s, n) => document.querySelector(s).getAttribute(n)", selector, name);

    private static double Chance(string sentence)
    {
        string[] parts = sentence.Split("random heads (")[1].Split(", standard deviation ");
        return Number(parts[0]) + (2 * Number(parts[1].Split(')')[0]));
    }

    private static string Label(string head) => "L" + head.Replace(".", "H", StringComparison.Ordinal);

    private static string Shown(string label) => label[1..].Replace("H", ".", StringComparison.Ordinal);

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);

    private static string Fixed(string field, int digits) => Number(field).ToString("N" + digits, CultureInfo.InvariantCulture);

    private static string Percent(string field) => (100 * Number(field)).ToString("F1", CultureInfo.InvariantCulture) + " %";

    private static string Count(string field) => Count(int.Parse(field, CultureInfo.InvariantCulture));

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
