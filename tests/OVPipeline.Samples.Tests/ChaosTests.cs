using OVPipeline.Chaos;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>A short run of tests/OVPipeline.Chaos, other moments and another program each day.</summary>
public sealed class ChaosTests
{
    [Fact]
    public void Run_EachProgramKilledAndOneFaulted_LosesNothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals and mounts are Linux's.");
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");
        var said = new List<string>();
        using var run = new ChaosRun(new(Kills: 1, Seed: DateTime.UtcNow.DayOfYear) { IsShort = true }, said.Add);

        var outcomes = run.Run();

        Assert.True(outcomes.All(outcome => outcome.Wrong.Count == 0), string.Join('\n', said));
        Assert.True(outcomes.Sum(outcome => outcome.Kills) >= 2, string.Join('\n', said));
    }
}
