using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>A browser without a window.</summary>
internal sealed class Chromium(string program, string profile)
{
    /// <summary>The browser on the PATH, with a profile of its own.</summary>
    public static Chromium OrSkip(string profile) => new(ProgramOrSkip(), profile);

    /// <summary>
    /// The browser on the PATH; where there is none the test is skipped, unless OVP_REQUIRE_CHROMIUM says that it must run.
    /// </summary>
    public static string ProgramOrSkip()
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        if (program is null && Environment.GetEnvironmentVariable("OVP_REQUIRE_CHROMIUM") is null)
            Assert.Skip("Chromium is not installed: the page was not opened in a browser.");
        Assert.True(program is not null, "OVP_REQUIRE_CHROMIUM is set, and there is no chromium on the PATH.");
        return program;
    }

    /// <summary>Opens a page, does something with it, and gives what the browser printed.</summary>
    public string Run(string action, string page, int width = 1200)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--run-all-compositor-stages-before-draw", "--virtual-time-budget=4000",
            $"--user-data-dir={profile}",
            string.Create(CultureInfo.InvariantCulture, $"--window-size={width},1600"), action, new Uri(page).AbsoluteUri,
        ];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(120_000) && process.ExitCode == 0, $"chromium {action}: {error.Result}");
        return output;
    }
}
