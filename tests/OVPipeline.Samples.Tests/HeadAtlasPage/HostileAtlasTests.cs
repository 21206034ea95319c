using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Tests.Common;
using PuppeteerSharp;
using Xunit;

namespace OVPipeline.Samples.Tests.HeadAtlasPage;

/// <summary>Atlases that no page expects: of tokens that are markup, of one head, of one layer, of outputs that are no tokens.</summary>
public sealed class HostileAtlasTests(Browser browser) : IDisposable
{
    private const int V = 60;

    private static readonly string[] s_hostile =
    [
        "</script><script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">", "<!--", "\"'`${1}&amp;",
        "\ud800", "\udc00x", "\ud83d\ude00", "\u202egnp.exe", "a\u200bb", "\u0007", "\u2028", "\u05d0\u05d1", new string('w', 300), " ",
        "\u00a0",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-hostile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(1400), InlineData(390)]
    public async Task Page_HostileTokens_ShowsThemAsTextThatIsSeen(int width)
    {
        await using var page = await Open(TinyModel.Create(V, 8, 2, 2, 2), new(width));
        await page.AssertSound();
        Assert.Equal("Head atlas of tiny <b>&amp;", await page.Text("h1"));
        string[] shown =
        [
            "</script><script>", "<img src=x", "<!--", "\"'`${1}&amp;", "⟨D800⟩", "⟨DC00⟩x", "\ud83d\ude00", "⟨202E⟩gnp.exe", "a⟨200B⟩b",
            "⟨0007⟩", "⟨2028⟩", "\u05d0\u05d1", "www", "⟨0020⟩", "⟨00A0⟩",
        ];
        for (int id = 0; id < s_hostile.Length; id++)
        {
            await page.Page.EvaluateExpressionAsync("document.getElementById('search').value = ''");
            await page.Page.TypeAsync("#search", $"#{id}");
            await page.Page.WaitForSelectorAsync($"#found-{id}");
            await page.Page.ClickAsync($"#found-{id}");
            Assert.StartsWith(shown[id], await page.Text("#panel h2"), StringComparison.Ordinal);
            Assert.StartsWith($"Token {id}.", await page.Text("#panel .lead"), StringComparison.Ordinal);
        }
        await page.AssertSound();
        // What is not seen is found by what stands for it.
        await page.Page.EvaluateExpressionAsync("document.getElementById('search').value = ''");
        await page.Page.TypeAsync("#search", "⟨202e");
        await page.Page.WaitForSelectorAsync("#found-7");
        await page.Page.ClickAsync("#tab-compare");
        await page.AssertSound();
        Assert.Equal("Head atlas of tiny <b>&amp;", await page.Page.GetTitleAsync());
    }

    [Theory, InlineData(1, 1), InlineData(1, 3), InlineData(3, 1), InlineData(20, 32)]
    public async Task Page_AnySizes_IsSound(int layers, int heads)
    {
        foreach (int width in new[] { 1400, 390 })
        {
            await using var page = await Open(TinyModel.Create(V, 8, layers, heads, 2), new(width));
            await page.AssertSound();
            await page.Show($"sizes-{layers}x{heads}-{width}");
            await page.Page.ClickAsync("#tab-compare");
            await page.AssertSound();
            Assert.Equal(layers * heads, (await page.Texts(".cell")).Length);
        }
    }

    [Fact]
    public async Task Page_FourLayers_ListsThePairsThatTheAtlasHas()
    {
        var options = new HeadAtlasOptions { QK = false, BaselineSamples = 20 };
        var atlas = new MLContext(1).ComputeHeadAtlas(TinyModel.Create(V, 8, 4, 3, 2), options);
        double chance = atlas.Baseline!.Mean + (2 * atlas.Baseline.StandardDeviation);
        string file = Path.Combine(_folder, "four.html");
        AtlasPage.Save(atlas, file);
        await using var page = await browser.Open(file);
        List<string> all = [];
        foreach (var head in atlas.Model.AllHeads)
        {
            await page.Page.ClickAsync($"[data-head='{head}']");
            string[] listed = await page.Page.EvaluateExpressionAsync<string[]>(
                "[...document.querySelectorAll('[data-pair]')].map(e => `${e.dataset.pair} ${e.querySelector('.n').innerText}`)");
            Assert.Equal([.. Strongest(pair => pair.Later == head), .. Strongest(pair => pair.Earlier == head)], listed);
            all.AddRange(listed);

            IEnumerable<string> Strongest(Func<HeadComposition, bool> of) => new (string Kind, Func<HeadComposition, double?> Score)[]
            {
                ("Q", pair => pair.Q), ("K", pair => pair.K), ("V", pair => pair.V),
            }.SelectMany(kind => atlas.Compositions.Where(of).OrderByDescending(kind.Score).Take(4).Where(pair => kind.Score(pair) > chance)
                .Select(pair => FormattableString.Invariant($"{kind.Kind} {pair.Earlier} {pair.Later} {kind.Score(pair):0.000}")));
        }
        Assert.Contains(all, pair => pair.Contains(" 2.", StringComparison.Ordinal) && pair.Contains(" 3.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Head_OutOfSight_IsScrolledToWhereItIsChosen()
    {
        await using var page = await Open(TinyModel.Create(V, 8, 2, 32, 2), new(390));
        await page.Page.ClickAsync("#tab-compare");
        foreach (int head in new[] { 31, 0, 63 })
        {
            await page.Page.SelectAsync("#head", $"{head}");
            await page.Page.WaitForFunctionAsync("""
                () => {
                  const scroller = document.querySelector('.heads').getBoundingClientRect();
                  const cell = document.querySelector('[aria-selected=true].cell').getBoundingClientRect();
                  return cell.left >= scroller.left && cell.right <= scroller.right;
                }
                """, new WaitForFunctionOptions { Timeout = 10_000 });
        }
    }

    [Fact]
    public async Task Page_LogitsOfAnotherScale_SaysSoWhereTheyStand()
    {
        var tiny = TinyModel.Create(V, 8, 2, 2, 2);
        string file = Path.Combine(_folder, "scale.html");
        var atlas = new MLContext(1).ComputeHeadAtlas(tiny, new() { QK = false, BaselineSamples = 20 });
        foreach (bool atScale in new[] { true, false })
        {
            AtlasPage.Save(atlas with { LogitsAtModelScale = atScale }, file);
            await using var page = await browser.Open(file);
            Assert.Equal(atScale ? 0 : 2, (await page.Texts("#panel th.n")).Count(heading => heading == "log loss *, nats"));
            Assert.Contains(atScale ? "Spectrum" : "Spectrum *", await page.Texts("#panel h3"));
            string[] notes = await page.Texts("footer li");
            Assert.Equal(atScale ? 0 : 1, notes.Count(note => note.StartsWith('*')));
        }
    }

    // A plane of the tokens' ranks or outputs of this model takes 640 characters of the page.
    [Theory, InlineData(AtlasPage.DefaultBytes, true, 3), InlineData(1_400, true, 1), InlineData(700, true, 0), InlineData(1, false, 0)]
    public async Task Page_LessRoom_LeavesOutAndSaysSoInItsFooter(int maxBytes, bool ranked, int outputs)
    {
        var options = new HeadAtlasOptions { TokenOutputs = 3, QK = false, BaselineSamples = 20 };
        var atlas = new MLContext(1).ComputeHeadAtlas(TinyModel.Create(V, 8, 2, 2, 2), options) with { LogitsAtModelScale = true };
        string file = Path.Combine(_folder, "cut.html");
        AtlasPage.Save(atlas, file, maxBytes);
        await using var page = await browser.Open(file);
        string[] notes = await page.Texts("footer li");
        Assert.Equal(atlas.Notes, notes.Take(atlas.Notes.Count));
        string[] cut = notes[atlas.Notes.Count..];
        Assert.Equal(ranked ? 0 : 1, cut.Count(note => note.EndsWith("token-ranks.csv has them.", StringComparison.Ordinal)));
        Assert.Equal(
            outputs < 3 ? 1 : 0,
            cut.Count(note => note.StartsWith(
                $"Of the 3 highest outputs of each token and head this page has {outputs}, ", StringComparison.Ordinal)));
        Assert.Equal((ranked ? 0 : 1) + (outputs < 3 ? 1 : 0), cut.Length);
        // And that is what it has.
        await page.Page.ClickAsync("#tab-token");
        if (!ranked)
        {
            Assert.Null(await page.Page.QuerySelectorAsync("#search"));
            Assert.EndsWith(string.Join(' ', cut), await page.Text("#panel"), StringComparison.Ordinal);
            return;
        }
        await page.Page.TypeAsync("#search", "#7");
        await page.Page.ClickAsync("#found li");
        Assert.Equal(4 * outputs, (await page.Texts("#panel td .chip")).Length);
    }

    [Fact]
    public async Task Page_NoTokensKept_SaysSoInTheirPlace()
    {
        string file = Path.Combine(_folder, "atlas.html");
        AtlasPage.Save(new MLContext(1).ComputeHeadAtlas(TinyModel.Create(V, 8, 2, 2, 2)), file);
        await using var page = await browser.Open(file);
        Assert.Null(await page.Page.QuerySelectorAsync("#search"));
        Assert.Contains("What each head makes of each token was not computed.", await page.Texts("footer li"));
        foreach (string tab in new[] { "#tab-token", "#tab-compare" })
        {
            await page.Page.ClickAsync(tab);
            Assert.Contains("was not computed", await page.Text("#panel"), StringComparison.Ordinal);
            await page.AssertSound();
        }
    }

    [Fact]
    public async Task Page_OutputsThatAreNoTokens_ShowsOutputsAndNoCopying()
    {
        var tiny = TinyModel.Create(V, 8, 2, 2, 2);
        var weights = new InMemoryWeights();
        foreach (var head in tiny.Weights.Config.AllHeads)
        {
            weights.Set(WeightKind.W_V, head, tiny.Weights.W_V(head));
            weights.Set(WeightKind.W_O, head, tiny.Weights.W_O(head));
        }
        weights.Set(WeightKind.W_E, tiny.Weights.Read(WeightKind.W_E));
        weights.Set(WeightKind.W_U, Matrix.Create(8, 3, (i, j) => (float)Math.Sin((3 * i) + j)));
        var config = tiny.Weights.Config with { OutputVocabulary = 3 };
        await using var page = await Open(new(new TransformerWeights(config, weights), tiny.Vocabulary), new());
        await page.AssertSound();
        Assert.Contains("copying is not defined", await page.Text("#panel"), StringComparison.Ordinal);
        await page.Page.TypeAsync("#search", "#0");
        await page.Page.ClickAsync("#found li");
        Assert.Equal(4 * 3, (await page.Texts("#panel td .chip")).Length);
        await page.AssertSound();
    }

    private async Task<BrowserPage> Open(TransformerCheckpoint model, BrowserView view)
    {
        if (model.Weights.Config.NoCopying is null)
            model = new(model.Weights, new Vocabulary([.. s_hostile, .. model.Vocabulary.Tokens.Skip(s_hostile.Length)]));
        string file = Path.Combine(_folder, $"atlas-{Guid.NewGuid():N}.html");
        var options = new HeadAtlasOptions { TokenOutputs = 3, QK = false, BaselineSamples = 20 };
        AtlasPage.Save(new MLContext(1).ComputeHeadAtlas(model, options), file);
        return await browser.Open(file, view);
    }
}
