using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>What the tests that click rely on: a page that is wrong is found to be.</summary>
public sealed class BrowserTests(Browser browser) : IDisposable
{
    private const string Head = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>t</title>";

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-page-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AssertSound_GoodPage_Passes()
    {
        await using var page = await Open("</head><body><main><h1>Title</h1><p>Text.</p></main></body></html>");
        await page.AssertSound();
        Assert.Equal("Title", await page.Text("h1"));
    }

    [Fact]
    public async Task AccessibilityViolations_PaleTextAndNamelessButton_AreFound()
    {
        await using var page = await Open("</head><body><main><h1 style=\"color:#ccc\">Pale</h1><button></button></main></body></html>");
        string[] found = await page.AccessibilityViolations();
        Assert.Contains(found, violation => violation.StartsWith("color-contrast", StringComparison.Ordinal));
        Assert.Contains(found, violation => violation.StartsWith("button-name", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<img alt=\"a\" src=\"https://example.invalid/a.png\">", "https://example.invalid/a.png")]
    [InlineData("<script>fetch('http://example.invalid/b').catch(() => 0)</script>", "http://example.invalid/b")]
    [InlineData("<link rel=\"stylesheet\" href=\"c.css\">", "c.css")]
    public async Task Outside_PageThatAsksForMore_NamesIt(string element, string address)
    {
        await using var page = await Open($"</head><body>{element}</body></html>");
        for (int waited = 0; page.Outside.Count == 0 && waited < 100; waited++) // a page is loaded before its script's request is known
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.EndsWith(address, Assert.Single(page.Outside), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_PageThatThrows_SayIt()
    {
        await using var page = await Open("<script>undefinedName()</script></head><body></body></html>");
        Assert.Contains("undefinedName", Assert.Single(page.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Open_View_HasItsWidthAndColours(bool dark)
    {
        await using var page = await Open("</head><body></body></html>", new BrowserView(390, dark));
        Assert.Equal(390, await page.Page.EvaluateExpressionAsync<int>("innerWidth"));
        Assert.Equal(dark, await page.Page.EvaluateExpressionAsync<bool>("matchMedia('(prefers-color-scheme: dark)').matches"));
    }

    private async Task<BrowserPage> Open(string rest, BrowserView? view = null)
    {
        string file = Path.Combine(_folder, "page.html");
        await File.WriteAllTextAsync(file, Head + rest, TestContext.Current.CancellationToken);
        return await browser.Open(file, view);
    }
}
