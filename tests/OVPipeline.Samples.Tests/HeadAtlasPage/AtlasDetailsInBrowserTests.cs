using System.Globalization;
using PuppeteerSharp;
using PuppeteerSharp.Input;
using PuppeteerSharp.Media;
using Xunit;

namespace OVPipeline.Samples.Tests.HeadAtlasPage;

/// <summary>The smaller parts of the atlas page: each does what it says, and says what it did.</summary>
public sealed class AtlasDetailsInBrowserTests(AtlasJob job, Browser browser) : IClassFixture<AtlasJob>
{
    private static readonly WaitForFunctionOptions s_patience = new() { Timeout = 10_000 };

    [Fact]
    public async Task Search_Typed_ListsWholeTokensThenBeginningsThenParts()
    {
        await using var page = await Open();
        foreach (string query in new[] { "the", "AN", "#12", "<0x4" })
        {
            string[] shown = await Found(page, query);
            string[] tokens = [.. job.Rows("token-ranks.csv").Select(row => row["token"])];
            string wanted = query.ToLowerInvariant();
            var expected = tokens.Select((token, id) => (Id: id, Token: token, Place: Place(token, id)))
                .Where(one => one.Place >= 0).OrderBy(one => one.Place).ThenBy(one => one.Token.Length).ThenBy(one => one.Id).Take(40);
            Assert.Equal(expected.Select(one => $"{one.Token} #{one.Id}"), shown);

            int Place(string token, int id)
            {
                string lower = token.ToLowerInvariant(), bare = lower.TrimStart('␣', ' ');
                bool[] places =
                [
                    $"#{id}" == wanted, token == query, bare == wanted, bare.StartsWith(wanted, StringComparison.Ordinal),
                    lower.Contains(wanted, StringComparison.Ordinal),
                ];
                return Array.IndexOf(places, true);
            }
        }
    }

    [Fact]
    public async Task Search_ByKeyboard_MovesThroughWhatWasFoundAndTakesIt()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        string[] shown = await Found(page, "an");
        Assert.Equal(shown[0], await Active(page));
        await keys.PressAsync(Key.ArrowUp); // nothing above
        Assert.Equal(shown[0], await Active(page));
        for (int i = 0; i < 12; i++)
            await keys.PressAsync(Key.ArrowDown);
        await keys.PressAsync(Key.ArrowUp);
        Assert.Equal(shown[11], await Active(page));
        Assert.True(await page.Page.EvaluateExpressionAsync<bool>("""
            (list => list.bottom >= document.querySelector('#found [aria-selected=true]').getBoundingClientRect().bottom - 1)
              (document.querySelector('#found').getBoundingClientRect())
            """), "The one that is chosen is scrolled into view.");
        await keys.TypeAsync("d"); // another list begins at its top
        await page.Page.WaitForFunctionAsync(
            "() => document.querySelector('#found li')?.innerText.toLowerCase().includes('and')", s_patience);
        Assert.Equal((await Listed(page))[0], await Active(page));
        await keys.PressAsync(Key.ArrowDown);
        string chosen = (await Active(page)).Split(" #")[0];
        await keys.PressAsync(Key.Enter);
        await page.Page.WaitForSelectorAsync("#search[aria-expanded=false]", new WaitForSelectorOptions { Timeout = 10_000 });
        Assert.Equal(chosen, await page.Text("#panel h2"));
        Assert.Equal(chosen, await page.Page.EvaluateExpressionAsync<string>("document.getElementById('search').value"));
        Assert.StartsWith($"Token {chosen}: what every head", await page.Text("[role=status]"), StringComparison.Ordinal);
        // The arrow opens the list again, a click elsewhere closes it.
        await keys.PressAsync(Key.ArrowDown);
        await page.Page.WaitForSelectorAsync("#found li");
        await page.Page.ClickAsync("h1");
        await page.Page.WaitForFunctionAsync("() => !document.querySelector('#found')", s_patience);
    }

    [Fact]
    public async Task Token_ThatNoHeadOneHeadOrSeveralCopy_IsSaidInWords()
    {
        await using var page = await Open();
        var rows = job.Rows("token-ranks.csv");
        string[] heads = [.. job.Rows("heads.csv").Select(row => row["head"])];
        foreach (int many in new[] { 0, 1, 2 })
        {
            var row = rows.First(row => heads.Count(head => row[head] == "1") == many);
            await Found(page, $"#{row["id"]}");
            await page.Page.ClickAsync("#found li");
            string said = many == 0 ? "No head copies it" : many == 1 ? "One head copies it" : "2 heads copy it";
            Assert.Equal($"Token {row["id"]}. {said}: its own logit is the first of 3,142.", await page.Text("#panel .lead"));
        }
        // The grid is coloured by ranks, low ones dark; another figure, and back.
        Assert.Equal("token", await Value(page, "measure"));
        double[] dark = [.. (await Colours(page)).Select(colour => -colour[4..^1].Split(',').Sum(double.Parse))];
        int[] ranks = [.. (await page.Texts(".cell"))
            .Select(rank => int.Parse(rank, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        Assert.Equal(ranks.Index().MinBy(one => one.Item).Index, dark.Index().MaxBy(one => one.Item).Index);
        Assert.Equal(ranks.Index().MaxBy(one => one.Item).Index, dark.Index().MinBy(one => one.Item).Index);
        await page.Page.SelectAsync("#measure", "top5");
        await page.Page.ClickAsync("#panel .lead button");
        Assert.Equal("token", await Value(page, "measure"));
        // Its own token among the outputs is marked, and no other.
        string[] own = await page.Texts(".chip.own");
        Assert.NotEmpty(own);
        Assert.All(own, text => Assert.Equal(own[0], text));
        Assert.Equal(await page.Text("#panel h2"), own[0]);
    }

    [Fact]
    public async Task Head_Shown_IsToldInWordsFiguresAndLinks()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='1.6']");
        var head = job.Rows("heads.csv").Single(row => row["head"] == "L1H6");
        Assert.Equal(
            $"copies {Percent(head["top1"])} of 3,142 tokens · suppresses {Percent(head["suppression_top1"])} · "
            + $"{Fixed(head["participation_ratio"], 1)} effective directions of 16",
            await page.Text("#panel .lead"));
        Assert.Equal($"head 1.6: {Percent(head["top1"])}", await page.Page.EvaluateExpressionAsync<string>(
            "document.querySelector('[data-head=\"1.6\"]').title"));
        // Bars as high as the singular values.
        double[] values =
            [.. job.Rows("singular-values.csv").Where(row => row["head"] == "L1H6").Select(row => Number(row["singular_value"]))];
        double[][] bars = await page.Page.EvaluateExpressionAsync<double[][]>(
            "[...document.querySelectorAll('.spectrum rect')].map(e => [e.getBBox().height, e.getBBox().y + e.getBBox().height])");
        Assert.Equal(values.Select(value => Math.Round(value / values[0], 3)), bars.Select(bar => Math.Round(bar[0] / bars[0][0], 3)));
        Assert.All(bars, bar => Assert.Equal(60, bar[1], 1e-3));
        Assert.Contains("16 singular values, from ", await page.Text(".spectrum + p"), StringComparison.Ordinal);
        // A tick for each head where its figure stands, the head's own a tall one.
        double[] ticks = await page.Page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelector('.scores .strip').querySelectorAll('line')].map(e => +e.getAttribute('x1'))");
        double[] top1 = [.. job.Rows("heads.csv").Select(row => Number(row["top1"]))];
        Assert.Equal(
            top1.Append(top1[18]).Select(share => Math.Round(2 + (96 * share / top1.Max()), 4)), ticks.Select(x => Math.Round(x, 4)));
        Assert.True(await page.Page.EvaluateExpressionAsync<bool>(
            "[...document.querySelectorAll('.strip line')].every(e => e.getAttribute('x1') === e.getAttribute('x2'))"));
        // A figure's name colours the grid by it.
        await page.Page.ClickAsync(".scores tr:nth-child(3) button");
        Assert.Equal("top5", await Value(page, "measure"));
        Assert.Equal(["tokens copied, top 5"], await page.Texts(".scores tr.chosen th"));
        Assert.Equal(["tokens copied, top 5"], await page.Texts(".scores [aria-pressed=true]"));
        Assert.Equal("Coloured by tokens copied, top 5.", await page.Text("[role=status]"));
        Assert.NotEqual("", await page.Text(".meaning"));
        // A token leads to what all heads make of it, a head in that table to the head.
        string token = await page.Text("#panel section.two tbody td:first-child");
        await page.Page.ClickAsync("#panel section.two tbody td:first-child button");
        Assert.Equal(token, await page.Text("#panel h2"));
        string first = await page.Text("#panel tbody th");
        await page.Page.ClickAsync("#panel tbody th button");
        Assert.Equal($"Head {first}", await page.Text("#panel h2"));
    }

    [Fact]
    public async Task Arrows_OfAHead_GoFromTheEarlierToTheLaterAndAreAsThickAsStrong()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("[data-head='1.1']");
        string[] pairs = await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('[data-pair]')].map(e => e.dataset.pair)");
        string[] arrows = await Ends(page);
        Assert.Equal(pairs, arrows);
        double[] scores = [.. (await page.Texts(".pairs td.n")).Select(double.Parse)];
        double[] widths = await page.Page.EvaluateExpressionAsync<double[]>(
            "[...document.querySelectorAll('.arrows path[marker-end]')].map(e => parseFloat(getComputedStyle(e).strokeWidth))");
        foreach (var (score, width) in scores.Zip(widths))
            Assert.Equal(1 + (2.6 * Math.Pow(score / scores.Max(), 2)), width, 0.05);
        // Those between the same heads lie beside each other.
        string[] drawn = await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.arrows path[marker-end]')].map(e => e.getAttribute('d'))");
        Assert.Equal(drawn.Length, drawn.Distinct().Count());
        // Drawn anew where the window changes.
        await page.Page.SetViewportAsync(new ViewPortOptions { Width = 390, Height = 900 });
        await page.Page.WaitForFunctionAsync("before => document.querySelector('.arrows path[marker-end]').getAttribute('d') !== before",
            s_patience, drawn[0]);
        Assert.Equal(pairs, await Ends(page));
        // And what stands below: of each head's pairs alone, in the figures of the files.
        foreach (string head in new[] { job.Rows("virtual-heads.csv")[0]["later"], "L1H1" })
        {
            await page.Page.ClickAsync($"[data-head='{Shown(head)}']");
            bool Of(Dictionary<string, string> row) => row["later"] == head || row["earlier"] == head;
            var expected = job.Rows("k-compositions.csv").Where(Of)
                .Select(row => $"{Shown(row["earlier"])} → {Shown(row["later"])} as a token circuit: "
                    + $"query to key {Percent(row["query_to_key_top1"])}, key to query {Percent(row["key_to_query_top1"])}")
                .Concat(job.Rows("virtual-heads.csv").Where(Of)
                    .Select(row => $"{Shown(row["earlier"])} → {Shown(row["later"])} virtual head: copies {Percent(row["top1"])}, "
                        + $"copying score {Fixed(row["copying_score"], 3)}"));
            Assert.Equal(expected, await page.Texts(".composition li"));
            Assert.NotEmpty(expected);
        }
        // The head at the other end is a click away.
        string other = await page.Text(".pairs button");
        Assert.Equal(pairs[0].Split(' ')[1], other);
        await page.Page.ClickAsync(".pairs button");
        Assert.Equal($"Head {other}", await page.Text("#panel h2"));
        // A kind that was put out comes back.
        int drawnNow = await Kinds(page);
        await page.Page.ClickAsync(".kinds label:nth-of-type(2) input");
        Assert.Equal(0, await Kinds(page));
        await page.Page.ClickAsync(".kinds label:nth-of-type(2) input");
        Assert.Equal(drawnNow, await Kinds(page));

        static Task<int> Kinds(BrowserPage at) =>
            at.Page.EvaluateExpressionAsync<int>("document.querySelectorAll('.arrows path.K').length");

        // Which heads an arrow begins below and ends above, with its kind.
        static Task<string[]> Ends(BrowserPage at) => at.Page.EvaluateExpressionAsync<string[]>("""
            [...document.querySelectorAll('.arrows path[marker-end]')].map(path => {
              const origin = path.ownerSVGElement.getBoundingClientRect(), of = point => {
                const x = point.x + origin.left, y = point.y + origin.top;
                const far = box => Math.hypot((box.left + box.right) / 2 - x, Math.max(box.top - y, y - box.bottom, 0));
                return [...document.querySelectorAll('.cell')].map(cell => [far(cell.getBoundingClientRect()), cell.dataset.head])
                  .sort((a, b) => a[0] - b[0])[0][1];
              };
              return `${path.getAttribute('class')} ${of(path.getPointAtLength(0))} ${of(path.getPointAtLength(path.getTotalLength()))}`;
            })
            """);
    }

    [Fact]
    public async Task TwoHeads_Chosen_AreMarkedComparedAndSaid()
    {
        await using var page = await Open();
        await page.Page.ClickAsync("#tab-compare");
        await page.Page.SelectAsync("#head", "19");
        await page.Page.SelectAsync("#other", "18");
        Assert.Equal("Heads 1.7 and 1.6", await page.Text("#panel h2"));
        Assert.Equal("Heads 1.7 and 1.6 compared.", await page.Text("[role=status]"));
        Assert.Equal(["1.6"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.cell.other')].map(e => e.dataset.head)"));
        Assert.EndsWith(", compared", await page.Page.EvaluateExpressionAsync<string>("document.querySelector('.cell.other').ariaLabel"),
            StringComparison.Ordinal);
        int[] sets = [.. (await page.Texts(".sets .big")).Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        Assert.Equal(sets, (await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.bar span')].map(e => e.style.flexGrow)")).Select(int.Parse));
        Assert.Equal($"only 1.7: {sets[0]}, both: {sets[1]}, only 1.6: {sets[2]}",
            await page.Page.EvaluateExpressionAsync<string>("document.querySelector('.bar').ariaLabel"));
        var rows = job.Rows("heads.csv").ToDictionary(row => row["head"]);
        Assert.Equal([Percent(rows["L1H7"]["top1"]), Percent(rows["L1H6"]["top1"])], (await page.Texts("#panel table td.n"))[..2]);
        // All tokens of a set, some at a time, and the first few again of another set.
        await page.Page.ClickAsync("[data-set=l] .link");
        await page.Page.WaitForFunctionAsync(
            "many => document.querySelectorAll('[data-set=l] .chip').length === many", s_patience, sets[0]);
        await page.Page.SelectAsync("#within", "5");
        await page.Page.WaitForFunctionAsync("() => document.querySelectorAll('[data-set=l] .chip').length === 60", s_patience);
        // A head clicked elsewhere than here is shown.
        await page.Page.ClickAsync("#tab-token");
        await page.Page.ClickAsync("[data-head='0.4']");
        Assert.Equal("Head 0.4", await page.Text("#panel h2"));
    }

    [Fact]
    public async Task Address_WithEveryPart_ShowsIt()
    {
        foreach (string wanted in new[]
        {
            "head=0.3&measure=token&view=compare&other=0.9&kinds=QV&token=12", "head=0.3&measure=top5&view=token&other=0.9&kinds=&token=12",
        })
        {
            await using var page = await Open();
            await page.Page.EvaluateExpressionAsync($"location.hash = '{wanted}', location.reload()");
            await page.Page.WaitForSelectorAsync("[data-head='0.3'][aria-selected=true]", new WaitForSelectorOptions { Timeout = 10_000 });
            var asked = wanted.Split('&').Select(part => part.Split('=')).ToDictionary(part => part[0], part => part[1]);
            Assert.Equal(asked["measure"], await Value(page, "measure"));
            Assert.Equal($"tab-{asked["view"]}", await page.Page.EvaluateExpressionAsync<string>(
                "document.querySelector('[role=tab][aria-selected=true]').id"));
            Assert.Equal(asked["kinds"].Select(kind => $"{kind}"), await page.Page.EvaluateExpressionAsync<string[]>(
                "[...document.querySelectorAll('.kinds input')].filter(e => e.checked).map(e => e.parentElement.innerText.trim())"));
            string panel = await page.Text("#panel");
            Assert.Contains(asked["view"] == "compare" ? "Heads 0.3 and 0.9" : "Token 12.", panel, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_InTheGridAndTheTabs_StayWithinThem()
    {
        await using var page = await Open();
        var keys = page.Page.Keyboard;
        await page.Page.ClickAsync("[data-head='0.0']");
        await page.Page.FocusAsync("[data-head='0.0']");
        foreach (string key in new[] { Key.ArrowLeft, Key.ArrowUp })
        {
            await keys.PressAsync(key);
            Assert.Equal("0.0", await Focused());
        }
        await keys.PressAsync(Key.ArrowDown);
        Assert.Equal("1.0", await Focused());
        await keys.PressAsync(Key.ArrowDown);
        Assert.Equal("1.0", await Focused());
        await keys.PressAsync("Space");
        Assert.Equal("Head 1.0", await page.Text("#panel h2"));
        await keys.DownAsync(Key.Control);
        await keys.PressAsync(Key.Home);
        Assert.Equal("0.0", await Focused());
        await keys.PressAsync(Key.End);
        Assert.Equal("1.11", await Focused());
        await keys.UpAsync(Key.Control);
        await keys.PressAsync(Key.Home);
        Assert.Equal("1.0", await Focused());
        Assert.Equal(0, await page.Page.EvaluateExpressionAsync<int>("scrollY")); // the keys are the grid's
        await page.Page.FocusAsync("#tab-head");
        await keys.PressAsync(Key.ArrowLeft);
        Assert.Equal("tab-compare", await page.Page.EvaluateExpressionAsync<string>("document.activeElement.id"));
        await keys.PressAsync(Key.ArrowRight);
        Assert.Equal("tab-head", await page.Page.EvaluateExpressionAsync<string>("document.activeElement.id"));
        Assert.Equal(["tab-head"], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('[role=tab][tabindex=\"0\"]')].map(e => e.id)"));
        // A head that is chosen by other means is where the grid is entered.
        await page.Page.ClickAsync("[data-head='1.1']");
        await page.Page.ClickAsync(".pairs button");
        string chosen = (await page.Text("#panel h2"))["Head ".Length..];
        Assert.Equal([chosen], await page.Page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.cell[tabindex=\"0\"]')].map(e => e.dataset.head)"));

        Task<string> Focused() => page.Page.EvaluateExpressionAsync<string>("document.activeElement.dataset.head ?? ''");
    }

    [Fact]
    public async Task Page_ThatTurnsDark_HasTheColoursOfOneThatWasDark()
    {
        await using var page = await Open();
        await page.Page.SelectAsync("#measure", "copying_score");
        string[] light = await Colours(page);
        Assert.Equal("True, False", string.Join(", ", await Signs(page))); // below zero another colour than above it, as in the legend
        Assert.Equal("True, False", string.Join(", ", await Legend(page)));
        await page.Page.EmulateMediaFeaturesAsync(
            [new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = "dark" }]);
        await page.Page.WaitForFunctionAsync("before => getComputedStyle(document.querySelector('.cell')).backgroundColor !== before",
            s_patience, light[0]);
        string[] turned = await Colours(page);
        await using var dark = await Open(new(Dark: true));
        await dark.Page.SelectAsync("#measure", "copying_score");
        Assert.Equal(await Colours(dark), turned);
        Assert.DoesNotContain(turned, colour => light.Contains(colour));

        // Reddish or bluish: of the least and the highest cell, and of the legend's ends.
        static Task<bool[]> Signs(BrowserPage at) => at.Page.EvaluateExpressionAsync<bool[]>("""
            (cells => [cells[0], cells.at(-1)].map(cell => getComputedStyle(cell).backgroundColor.match(/\d+/g).map(Number))
              .map(([r, , b]) => r > b))
              ([...document.querySelectorAll('.cell')].sort((a, b) => parseFloat(a.innerText) - parseFloat(b.innerText)))
            """);

        static Task<bool[]> Legend(BrowserPage at) => at.Page.EvaluateExpressionAsync<bool[]>("""
            (stops => [stops[0], stops.at(-1)].map(stop => stop.match(/\d+/g).map(Number)).map(([r, , b]) => r > b))
              (document.querySelector('.legend i').style.background.match(/rgb\([^)]*\)/g))
            """);
    }

    private Task<BrowserPage> Open(BrowserView? view = null)
    {
        Assert.Equal((0, ""), (job.Process.ExitCode, job.Process.Error));
        return browser.Open(Path.Combine(job.Folder, "atlas.html"), view);
    }

    // Types into the search, in the place of what is there, and gives what is listed: tokens and their ids.
    private static async Task<string[]> Found(BrowserPage page, string query)
    {
        await page.Page.FocusAsync("#search");
        await page.Page.EvaluateExpressionAsync("document.getElementById('search').select()");
        await page.Page.Keyboard.TypeAsync(query);
        await page.Page.WaitForFunctionAsync("""
            query => document.getElementById('search').value === query && document.querySelector('#found li')?.innerText.toLowerCase()
              .includes(query.toLowerCase())
            """, s_patience, query);
        return await Listed(page);
    }

    private static Task<string[]> Listed(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('#found li')].map(e => [...e.children].map(part => part.textContent).join(' '))");

    // What the list has chosen, and what the search field says that it has.
    private static Task<string> Active(BrowserPage page) => page.Page.EvaluateExpressionAsync<string>("""
        new Promise(done => setTimeout(done, 60)).then(() => {
          const active = document.getElementById(document.getElementById('search').getAttribute('aria-activedescendant'));
          return active?.matches('[aria-selected=true]') ? [...active.children].map(part => part.textContent).join(' ') : '';
        })
        """);

    private static Task<string> Value(BrowserPage page, string id) =>
        page.Page.EvaluateFunctionAsync<string>("id => document.getElementById(id).value", id);

    private static Task<string[]> Colours(BrowserPage page) => page.Page.EvaluateExpressionAsync<string[]>(
        "[...document.querySelectorAll('.cell')].map(e => getComputedStyle(e).backgroundColor)");

    private static string Shown(string label) => label[1..].Replace("H", ".", StringComparison.Ordinal);

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);

    private static string Fixed(string field, int digits) => Number(field).ToString("N" + digits, CultureInfo.InvariantCulture);

    private static string Percent(string field) => (100 * Number(field)).ToString("F1", CultureInfo.InvariantCulture) + " %";
}
