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
    public void Call_OfTorchSharpFirstInAProcess_FindsLibtorch()
    {
        NativeFiles.SkipWithoutBackend();
        string method = "*." + nameof(Call_OfTorchSharpFirst_FindsLibtorch);
        string[] arguments = [typeof(LoadOnDemandTests).Assembly.Location, "-noColor", "-method", method];
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
        Assert.Contains("Total: 1,", output, StringComparison.Ordinal);
    }
}
