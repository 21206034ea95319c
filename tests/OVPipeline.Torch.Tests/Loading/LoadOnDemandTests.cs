using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>A call of TorchSharp's before any of ours: it tries once in a process. On new systems that always worked.</summary>
public sealed class LoadOnDemandTests
{
    private const string TrimThreshold = "MALLOC_TRIM_THRESHOLD_";

    [Fact]
    public void Call_OfTorchSharpFirst_FindsLibtorch()
    {
        NativeFiles.SkipWithoutBackend();
        using var scope = torch.NewDisposeScope();
        Assert.Equal(2, torch.ones(2).sum().ToSingle());
        TorchLibrary.EnsureLoaded();
    }

    [Fact]
    public void Call_OfTorchSharpFirstInAProcess_FindsLibtorch() => RunAlone(nameof(Call_OfTorchSharpFirst_FindsLibtorch));

    // libtorch's OpenMP says itself, when it is loaded, how long its threads spin.
    [Theory]
    [InlineData(null, true)]
    [InlineData("ACTIVE", false)]
    public void Call_OfTorchSharpFirstInAProcess_WaitsAsleepUnlessToldOtherwise(string? policy, bool asleep)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems' libtorch has another OpenMP.");
        string said = RunAlone(nameof(Call_OfTorchSharpFirst_FindsLibtorch), ("OMP_DISPLAY_ENV", "VERBOSE"), ("OMP_WAIT_POLICY", policy));
        Assert.Contains("GOMP_SPINCOUNT = '", said, StringComparison.Ordinal);
        Assert.Equal(asleep, said.Contains("GOMP_SPINCOUNT = '0'", StringComparison.Ordinal));
    }

    // Each page that the C library takes from the system anew is a fault of the thread that first writes to it.
    [Fact]
    public void Memory_GivenBackAndAskedForAgain_IsTheSameUnlessToldOtherwise()
    {
        NativeFiles.SkipWithoutBackend();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have another C library.");
        TorchLibrary.EnsureLoaded();
        const int Rounds = 20, Bytes = 16 << 20;
        int pages = Bytes / Environment.SystemPageSize;
        long before = Faults();
        for (int round = 0; round < Rounds; round++)
            WriteAndGiveBack(Bytes);
        long faults = Faults() - before;
        if (Environment.GetEnvironmentVariable(TrimThreshold) is null)
            Assert.InRange(faults, 0, 3 * pages);
        else
            Assert.InRange(faults, Rounds / 2 * pages, long.MaxValue);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("131072")]
    public void Memory_GivenBackInAProcess_IsTheSameUnlessToldOtherwise(string? trimThreshold) =>
        RunAlone(nameof(Memory_GivenBackAndAskedForAgain_IsTheSameUnlessToldOtherwise), (TrimThreshold, trimThreshold));

    private static void WriteAndGiveBack(int bytes)
    {
        nint block = Marshal.AllocHGlobal(bytes);
        for (int at = 0; at < bytes; at += Environment.SystemPageSize)
            Marshal.WriteByte(block, at, 1);
        Marshal.FreeHGlobal(block);
    }

    // Minor faults of this thread: proc(5), the tenth field of stat, the second of which has spaces and ends with the last parenthesis.
    private static long Faults()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }

    // A test in a process of its own; what was written to standard error.
    private static string RunAlone(string test, params (string Name, string? Value)[] environment)
    {
        NativeFiles.SkipWithoutBackend();
        string[] arguments = [typeof(LoadOnDemandTests).Assembly.Location, "-noColor", "-method", "*." + test];
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
