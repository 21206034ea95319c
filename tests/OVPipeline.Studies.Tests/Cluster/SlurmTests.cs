using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>A study on real Slurm of two nodes, of which one crashes in the middle.</summary>
public sealed class SlurmTests
{
    [Fact]
    public void Array_NodeThatCrashes_IsRequeuedAndMergesToTheBytesOfOneProcess()
    {
        using var study = new CheckpointStudy();
        using var slurm = SlurmCluster.StartOrSkip(Directory.CreateDirectory(study.In("slurm")).FullName);
        string shared = study.In("shared"), parts = Path.Combine(shared, "parts");
        string[] options = RunStudyProcess.Run("plan", study.File, "--slurm", "--workers", "6").Output.Trim().Split(' ');
        Assert.Equal("--array=0-5", options[0]);

        slurm.Run([("RUN_STUDY", $"dotnet {RunStudyProcess.Program}")], "sbatch",
            [.. options, Path.Combine(SharedFiles.Root, "samples", "RunStudy", "deploy", "study.sbatch"), study.File, shared]);
        slurm.WaitFor("no task of n2 has begun", 60, () => slurm.TasksOn("n2").Count > 0 && Done() >= 3);
        slurm.Crash("n2");
        int before = Done();
        Assert.InRange(before, 1, 41);
        Assert.Empty(slurm.TasksOn("n2"));
        slurm.Restart("n2");

        slurm.WaitFor("tasks are left", 240, () => slurm.Run("squeue", "-h").Length == 0);
        Assert.Contains("Restarts=1", slurm.Run("scontrol", "show", "job"), StringComparison.Ordinal);
        var merged = RunStudyProcess.Run("merge", study.File, "--out", shared);
        Assert.True(merged.ExitCode == 0, merged.Error + string.Join('\n', Directory.GetFiles(study.In("slurm"), "study-*.log")
            .Select(path => Path.GetFileName(path) + ": " + File.ReadAllText(path))));
        string[] runs = File.ReadAllLines(Path.Combine(shared, "runs.csv"));
        Assert.Contains(runs, run => run.Contains(",n1,", StringComparison.Ordinal));
        Assert.Contains(runs, run => run.Contains(",n2,", StringComparison.Ordinal));

        string alone = study.In("alone");
        Assert.Equal("", RunStudyProcess.Run("run", study.File, "--out", alone).Error);
        Assert.Equal("", RunStudyProcess.Run("merge", study.File, "--out", alone).Error);
        var expected = CheckpointStudy.Tables(alone);
        Assert.All(CheckpointStudy.Tables(shared), table => Assert.Equal(expected[table.Key], table.Value));

        int Done() => Directory.Exists(parts) ? Directory.GetFiles(parts, "*.json").Count(path => Path.GetFileName(path)[0] != '.') : 0;
    }
}
