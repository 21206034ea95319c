using System.Diagnostics;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>A call of TorchSharp's before any of ours: it tries once in a process. On new systems that always worked.</summary>
public sealed class LoadOnDemandTests
{
    [Fact]
    public void Call_OfTorchSharpFirst_FindsLibtorch()
    {
        NativeFiles.SkipWithoutBackend();
        using var scope = torch.NewDisposeScope();
        Assert.Equal(2, torch.ones(2).sum().ToSingle());
        TorchLibrary.EnsureLoaded();
    }

    [Fact]
    public void Call_OfTorchSharpFirstInAProcess_FindsLibtorch() => RunAlone();

    // libtorch's OpenMP says itself, when it is loaded, how long its threads spin.
    [Theory]
    [InlineData(null, true)]
    [InlineData("ACTIVE", false)]
    public void Call_OfTorchSharpFirstInAProcess_WaitsAsleepUnlessToldOtherwise(string? policy, bool asleep)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems' libtorch has another OpenMP.");
        string said = RunAlone(("OMP_DISPLAY_ENV", "VERBOSE"), ("OMP_WAIT_POLICY", policy));
        Assert.Contains("GOMP_SPINCOUNT = '", said, StringComparison.Ordinal);
        Assert.Equal(asleep, said.Contains("GOMP_SPINCOUNT = '0'", StringComparison.Ordinal));
    }

    // The first test in a process of its own; what was written to standard error.
    private static string RunAlone(params (string Name, string? Value)[] environment)
    {
        NativeFiles.SkipWithoutBackend();
        string method = "*." + nameof(Call_OfTorchSharpFirst_FindsLibtorch);
        string[] arguments = [typeof(LoadOnDemandTests).Assembly.Location, "-noColor", "-method", method];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Total: 1,", output, StringComparison.Ordinal);
        return error.Result;
    }
}
