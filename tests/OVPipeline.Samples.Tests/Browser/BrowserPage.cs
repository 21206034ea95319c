using System.Collections.Concurrent;
using System.Text.Json;
using Deque.AxeCore.Commons;
using PuppeteerSharp;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>A page of ours in a browser. What it asks of others is refused and kept, as is what it complains of.</summary>
public sealed class BrowserPage : IAsyncDisposable
{
    private static readonly SemaphoreSlim s_showing = new(1, 1);

    private readonly ConcurrentQueue<string> _outside = new(), _errors = new();
    private string? _own;

    internal BrowserPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _errors.Enqueue(error.Message);
        page.Console += (_, said) => _errors.Enqueue($"{said.Message.Type}: {said.Message.Text}");
        page.Request += async (_, asked) => await Answer(asked.Request);
    }

    /// <summary>The page, to click and type in.</summary>
    public IPage Page { get; }

    /// <summary>Addresses that the page asked for besides its own file.</summary>
    public IReadOnlyCollection<string> Outside => _outside;

    /// <summary>Exceptions of the page, and whatever it wrote on the browser's console.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>The text of an element, as it is shown.</summary>
    public Task<string> Text(string selector) => Page.QuerySelectorAsync(selector).ContinueWith(found => found.Result is null
        ? throw new InvalidOperationException($"There is no {selector}.")
        : Page.EvaluateFunctionAsync<string>("s => document.querySelector(s).innerText.trim()", selector)).Unwrap();

    /// <summary>The text of every such element.</summary>
    public Task<string[]> Texts(string selector) => Page.EvaluateFunctionAsync<string[]>(
        "s => [...document.querySelectorAll(s)].map(e => e.innerText.trim())", selector);

    /// <summary>What axe finds against WCAG 2.2 AA and its own best practice, an element each.</summary>
    public async Task<string[]> AccessibilityViolations()
    {
        if (!await Page.EvaluateExpressionAsync<bool>("typeof axe === 'object'"))
            await Page.EvaluateExpressionAsync(new BundledAxeScriptProvider().GetScript() + ";0");
        return await Page.EvaluateExpressionAsync<string[]>("""
            axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
              `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.html.slice(0, 200)}: ${node.failureSummary}`)))
            """);
    }

    /// <summary>Fails where the page asked for anything outside its file, complained, is wider than its window, or axe objects.</summary>
    public async Task AssertSound()
    {
        Assert.Empty(Outside);
        Assert.Empty(Errors);
        int wide = await Page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(wide <= 0, $"The page is {wide} pixels wider than its window: "
            + await Page.EvaluateExpressionAsync<string>("""
                [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
                  .map(e => `${e.tagName}.${e.className}`).slice(0, 5).join(', ')
                """));
        Assert.Empty(await AccessibilityViolations());
    }

    /// <summary>A picture of the page, for people to look at: only where OVP_SCREENSHOTS names a folder.</summary>
    public async Task Show(string name)
    {
        if (Environment.GetEnvironmentVariable("OVP_SCREENSHOTS") is not { } folder)
            return;
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, name + ".png");
        await s_showing.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await Page.BringToFrontAsync(); // a page behind another is not drawn
            await Page.ScreenshotAsync(file, new ScreenshotOptions { FullPage = true });
        }
        finally
        {
            s_showing.Release();
        }
    }

    public async ValueTask DisposeAsync() => await Page.DisposeAsync();

    internal async Task GoTo(string file)
    {
        _own = new Uri(Path.GetFullPath(file)).AbsoluteUri;
        await Page.SetRequestInterceptionAsync(true);
        await Page.GoToAsync(_own, WaitUntilNavigation.Load);
    }

    private async Task Answer(IRequest request)
    {
        string address = request.Url.Split('#')[0];
        if (address == _own || address.StartsWith("data:", StringComparison.Ordinal))
        {
            await request.ContinueAsync();
            return;
        }
        _outside.Enqueue(request.Url);
        await request.AbortAsync();
    }
}
