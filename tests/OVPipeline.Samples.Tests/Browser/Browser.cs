using PuppeteerSharp;
using PuppeteerSharp.Media;
using Xunit;

[assembly: AssemblyFixture(typeof(OVPipeline.Samples.Tests.Browser))]

namespace OVPipeline.Samples.Tests;

/// <summary>How wide and how bright a page is looked at.</summary>
public sealed record BrowserView(int Width = 1400, bool Dark = false, int Height = 1000)
{
    /// <summary>A desk, a tablet and a phone, light and dark.</summary>
    public static IEnumerable<BrowserView> All =>
        from width in new[] { 1400, 800, 390 } from dark in new[] { false, true } select new BrowserView(width, dark);

    public override string ToString() => $"{Width}-{(Dark ? "dark" : "light")}";
}

/// <summary>One browser without a window for all tests that click: the first that opens a page starts it, or is skipped.</summary>
public sealed class Browser : IAsyncDisposable
{
    private readonly string _profile = Directory.CreateTempSubdirectory("ovpipeline-browser-").FullName;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private IBrowser? _browser;

    /// <summary>Opens a file in a tab of its own, which the caller closes.</summary>
    public async Task<BrowserPage> Open(string file, BrowserView? view = null)
    {
        view ??= new();
        var page = await (await Start()).NewPageAsync();
        await page.SetViewportAsync(new ViewPortOptions { Width = view.Width, Height = view.Height });
        await page.EmulateMediaFeaturesAsync(
        [
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = view.Dark ? "dark" : "light" },
            new MediaFeatureValue { MediaFeature = MediaFeature.PrefersReducedMotion, Value = "reduce" },
        ]);
        // A page keeps the focus while other tests open theirs: what closes when it is lost stays open.
        await page.Client.SendAsync("Emulation.setFocusEmulationEnabled", new { enabled = true });
        var opened = new BrowserPage(page);
        await opened.GoTo(file);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _starting.Dispose();
        try
        {
            Directory.Delete(_profile, recursive: true);
        }
        catch (IOException)
        {
            // The browser may still be writing: a temporary folder, which the system clears.
        }
    }

    private async Task<IBrowser> Start()
    {
        string program = Chromium.ProgramOrSkip();
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _browser ??= await Puppeteer.LaunchAsync(new LaunchOptions
            {
                ExecutablePath = program,
                Headless = true,
                UserDataDir = _profile,
                Args =
                [
                    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-background-timer-throttling",
                    "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding",
                ],
            });
        }
        finally
        {
            _starting.Release();
        }
    }
}
