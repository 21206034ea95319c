using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>The colours that the pages share, asked of their script in a page of theirs.</summary>
public sealed class PageScriptTests(Browser browser) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-script-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, InlineData(1, false), InlineData(-1, false), InlineData(1, true), InlineData(-1, true)]
    public async Task Colour_FromNothingToAll_GoesOverItsMiddleStopInEvenSteps(int sign, bool dark)
    {
        await using var page = await Open();
        int[][] scale = await Colours(page, sign, dark);
        // Straight from the low stop to the middle one, and from there to the high one, with a bend between them.
        foreach (int at in Enumerable.Range(0, 101))
        {
            int low = at <= 50 ? 0 : 50;
            for (int c = 0; c < 3; c++)
                Assert.Equal(scale[low][c] + ((scale[low + 50][c] - scale[low][c]) * (at - low) / 50.0), scale[at][c], 0.51);
        }
        Assert.Contains(Enumerable.Range(0, 3), c => Math.Abs(((scale[0][c] + scale[100][c]) / 2.0) - scale[50][c]) > 10);
        // Brighter or darker all the way; neither half takes more than twice the step in lightness of the other.
        double[] light = [.. scale.Select(rgb => PageColour.Lightness(rgb))];
        Assert.Equal(dark ? light.Order() : light.OrderDescending(), light);
        Assert.InRange((light[50] - light[0]) / (light[100] - light[50]), 0.5, 2);
        // Of one hue: blue above zero, orange below.
        Assert.All(scale.Skip(30), rgb => Assert.True(sign > 0 ? rgb[2] > rgb[0] + 20 : rgb[0] > rgb[2] + 20, string.Join(' ', rgb)));
    }

    [Theory, InlineData(1, false), InlineData(-1, false), InlineData(1, true), InlineData(-1, true)]
    public async Task Colour_AnyValue_HasTheInkThatIsReadBestOnIt(int sign, bool dark)
    {
        await using var page = await Open();
        int[][] inks = await Colours(page, sign, dark, "color"), scale = await Colours(page, sign, dark);
        foreach (var (ink, paper) in inks.Zip(scale))
        {
            double black = PageColour.Contrast(paper, [0, 0, 0]), white = PageColour.Contrast(paper, [255, 255, 255]);
            Assert.Equal(black > white ? new[] { 0, 0, 0 } : [255, 255, 255], ink);
            Assert.True(Math.Max(black, white) >= 4.5, string.Join(' ', paper));
        }
        Assert.Equal(2, inks.Select(ink => ink[0]).Distinct().Count());
    }

    [Fact]
    public async Task Colour_BeyondTheScale_IsItsEnd()
    {
        await using var page = await Open();
        bool[] same = await page.Page.EvaluateExpressionAsync<bool[]>("""
            import('page').then(({ colour }) => [[3, 1], [-3, -1], [-0, 0]]
              .map(pair => pair.map(value => colour(value, false).background)).map(([a, b]) => a === b))
            """);
        Assert.Equal([true, true, true], same);
    }

    // The colours of 101 values from 0 to 1 or to -1, as a browser understands them.
    private static Task<int[][]> Colours(BrowserPage page, int sign, bool dark, string of = "background") =>
        page.Page.EvaluateFunctionAsync<int[][]>("""
            (sign, dark, of) => import('page').then(({ colour }) => {
              const probe = document.body.appendChild(document.createElement('i'));
              return Array.from({ length: 101 }, (_, i) => {
                probe.style.color = colour(sign * i / 100, dark)[of];
                return getComputedStyle(probe).color.match(/\d+/g).map(Number);
              });
            })
            """, sign, dark, of);

    private async Task<BrowserPage> Open()
    {
        string file = Path.Combine(_folder, "page.html");
        AttentionPage.Save(new()
        {
            Model = new() { Name = "m", Layers = 1, Heads = 1, DModel = 4, DHead = 2, Vocabulary = 5 },
            Ids = [0],
            Tokens = ["a"],
            Patterns = [Matrix.Create(1, 1, (_, _) => 1)],
        }, file);
        return await browser.Open(file);
    }
}
