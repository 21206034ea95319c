using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Samples.Tests;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>A study on real Slurm of two nodes, of which one crashes in the middle. OVP_SLURM_STUDY names a larger one.</summary>
public sealed class SlurmTests
{
    [Fact]
    public void Array_NodeThatCrashes_IsRequeuedAndMergesToTheBytesOfOneProcess()
    {
        using var study = new CheckpointStudy();
        string file = Environment.GetEnvironmentVariable("OVP_SLURM_STUDY") is { Length: > 0 } said
            ? Path.GetFullPath(said, SharedFiles.Root)
            : study.File;
        int units = StudyPlan.Of(Study.Load(file)).Units.Count, minutes = 4 + (units / 20);
        using var slurm = SlurmCluster.StartOrSkip(Directory.CreateDirectory(study.In("slurm")).FullName);
        string shared = study.In("shared"), parts = Path.Combine(shared, "parts");
        string[] options = RunStudyProcess.Run("plan", file, "--slurm", "--workers", "6").Output.Trim().Split(' ');
        Assert.Equal("--array=0-5", options[0]);

        slurm.Run([("RUN_STUDY", $"dotnet {RunStudyProcess.Program}")], "sbatch",
            [.. options, Path.Combine(SharedFiles.Root, "samples", "RunStudy", "deploy", "study.sbatch"), file, shared]);
        slurm.WaitFor("no task of n2 has begun", 60 * minutes, () => slurm.TasksOn("n2").Count > 0 && Done() >= units / 4);
        slurm.Crash("n2");
        int before = Done();
        Assert.InRange(before, 1, units - 1);
        Assert.Empty(slurm.TasksOn("n2"));
        slurm.Restart("n2");

        slurm.WaitFor("tasks are left", 60 * minutes, () => slurm.Run("squeue", "-h").Length == 0);
        Assert.Contains("Restarts=1", slurm.Run("scontrol", "show", "job"), StringComparison.Ordinal);
        var merged = RunStudyProcess.Run("merge", file, "--out", shared);
        Assert.True(merged.ExitCode == 0, merged.Error + string.Join('\n', Directory.GetFiles(study.In("slurm"), "study-*.log")
            .Select(path => Path.GetFileName(path) + ": " + File.ReadAllText(path))));
        string[] runs = [.. File.ReadLines(Path.Combine(shared, "runs.csv")).Skip(1)];
        Assert.Equal(units, runs.Length);
        int[] onNodes = [.. new[] { ",n1,", ",n2," }.Select(node => runs.Count(run => run.Contains(node, StringComparison.Ordinal)))];
        Assert.All(onNodes, count => Assert.InRange(count, 1, units - 1));
        Assert.Equal(units, onNodes.Sum());

        string alone = study.In("alone");
        Assert.Equal("", RunStudyProcess.Run("run", file, "--out", alone).Error);
        Assert.Equal("", RunStudyProcess.Run("merge", file, "--out", alone).Error);
        var expected = CheckpointStudy.Tables(alone);
        Assert.All(CheckpointStudy.Tables(shared), table => Assert.Equal(expected[table.Key], table.Value));
        AssertOpens(file, shared, File.ReadLines(Path.Combine(alone, "figures.csv")).Skip(1), Chromium.OrSkip(study.In("browser")));
        TestContext.Current.TestOutputHelper?.WriteLine($"{units} units: {onNodes[0]} on n1, {onNodes[1]} on n2, which crashed when "
            + $"{before} were done; merged to the {expected.Values.Sum(bytes => bytes.Length):N0} bytes that one process gives, and the "
            + "report opens in a browser.");

        int Done() => Directory.Exists(parts) ? Directory.GetFiles(parts, "*.json").Count(path => Path.GetFileName(path)[0] != '.') : 0;
    }

    // The page in a browser, after its scripts: with the highest share of the atlas, and the figure's head, as one process found them.
    private static void AssertOpens(string file, string folder, IEnumerable<string> figures, Chromium browser)
    {
        Assert.Equal("", RunStudyProcess.Run("report", file, "--out", folder).Error);
        string shown = browser.Run("--dump-dom", Path.Combine(folder, "report.html"))
            .Replace("&nbsp;", " ", StringComparison.Ordinal);
        var (share, head) = figures.Select(line => line.Split(','))
            .Where(cells => cells[4] == "atlas" && cells[13] == "top1")
            .Select(cells => (double.Parse(cells[14], CultureInfo.InvariantCulture), cells[7])).Max();
        string found = FormattableString.Invariant($"copies the most tokens: {100 * share:0.0} %");
        Assert.Contains($"Of all heads {HeadLabels.ForPeople(head)} of ", shown, StringComparison.Ordinal);
        Assert.Contains(found, shown, StringComparison.Ordinal);
        Assert.Contains("id=\"study-atlas\"", shown, StringComparison.Ordinal);
    }
}
