using System.Diagnostics;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>What goes wrong between processes and machines: a sentence each, nothing lost, nothing merged wrongly.</summary>
public sealed class BadInputTests
{
    [Fact]
    public void Run_FullDiskOnOneNode_SaysSoAndAnotherNodeDoesTheRest()
    {
        using var study = new CheckpointStudy("1M");
        string small = Directory.CreateDirectory(study.In("small")).FullName;
        using var mounted = Process.Start(new ProcessStartInfo("mount", ["-t", "tmpfs", "-o", "size=32k", "tmpfs", small])
        {
            RedirectStandardError = true,
        })!;
        mounted.WaitForExit();
        Assert.SkipUnless(mounted.ExitCode == 0, "No small disk can be mounted here: a full one was not tried.");
        try
        {
            var run = RunStudyProcess.Run("run", study.File, "--out", small);
            Assert.Equal(2, run.ExitCode);
            Assert.Matches("^/.*: cannot be written: [^\n]*[Nn]o space[^\n]*$", run.Error);
            Assert.Contains("units are not done", RunStudyProcess.Run("merge", study.File, "--out", small).Error, StringComparison.Ordinal);

            // What the full disk holds is whole, and a node that has room does the rest.
            string large = Directory.CreateDirectory(study.In("large")).FullName;
            Process.Start("cp", ["-r", small + "/.", large]).WaitForExit();
            int whole = Directory.GetFiles(Path.Combine(large, "parts")).Length;
            Assert.InRange(whole, 1, 13);
            Assert.Contains($"{14 - whole} of 14 units are to be done", RunStudyProcess.Run("status", study.File, "--out", large).Output,
                StringComparison.Ordinal);
            string alone = study.In("alone");
            foreach (string folder in new[] { large, alone })
            {
                Assert.Equal("", RunStudyProcess.Run("run", study.File, "--out", folder).Error);
                Assert.Equal("", RunStudyProcess.Run("merge", study.File, "--out", folder).Error);
            }
            var expected = CheckpointStudy.Tables(alone);
            Assert.All(CheckpointStudy.Tables(large), table => Assert.Equal(expected[table.Key], table.Value));
        }
        finally
        {
            Process.Start("umount", ["-l", small]).WaitForExit();
        }
    }

    [Fact]
    public void Run_Terminated_KeepsWhatIsDoneAndGoesOnFromThere()
    {
        using var study = new CheckpointStudy("1M");
        string parts = Path.Combine(study.In("out"), "parts");
        using (var process = RunStudyProcess.Start([], "run", study.File, "--out", study.In("out")))
        {
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed.TotalSeconds < 60 && (!Directory.Exists(parts) || Directory.GetFiles(parts, "0*").Length < 2))
                Thread.Sleep(20);
            Signals.Send("TERM", process);
            process.WaitForExit();
            Assert.Equal(143, process.ExitCode);
        }
        var before = Directory.GetFiles(parts, "0*").ToDictionary(path => path, File.GetLastWriteTimeUtc);
        Assert.InRange(before.Count, 2, 13);
        Assert.Equal(0, RunStudyProcess.Run("run", study.File, "--out", study.In("out")).ExitCode);
        Assert.All(before, part => Assert.Equal(part.Value, File.GetLastWriteTimeUtc(part.Key)));
        Assert.Equal(14, Directory.GetFiles(parts).Length);
    }

    [Fact]
    public void Run_RevisionThatIsNot_IsSaidAndTheExitCodeSaysSo()
    {
        using var study = new CheckpointStudy("1M, 7M");
        var run = RunStudyProcess.Run("run", study.File, "--out", study.In("out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Matches("^14 of 28 units failed; the first is atlas L0H0-L0H1 of attn-only-2l-quarter@7M: .*has no checkpoint 7M[^\n]*$",
            run.Error);
        Assert.Contains("Failed atlas L0H0-L0H1", RunStudyProcess.Run("status", study.File, "--out", study.In("out")).Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run STUDY --shard 4/2", "--shard is i/n with i from 0 to n - 1, such as 0/8; was '4/2'.")]
    [InlineData("merge STUDY --out nowhere", "nowhere: there is nothing of the study here: run it first.")]
    [InlineData("report STUDY --out nowhere", "nowhere: no unit of the study is done yet: run it first.")]
    [InlineData("rum STUDY", "There is no command rum; did you mean run?")]
    [InlineData("plan nowhere.yaml", "nowhere.yaml: cannot be read: there is no such file.")]
    [InlineData("plan STUDY --slrum", "There is no option --slrum; did you mean --slurm?")]
    [InlineData("plan STUDY --costs nowhere", "nowhere: no unit of the study is done here: nothing was measured.")]
    public void Command_Mistake_IsOneSentence(string line, string expected)
    {
        using var study = new CheckpointStudy("1M");
        string nowhere = study.In("nowhere");
        var run = RunStudyProcess.Run([.. line.Split(' ').Select(word => word switch
        {
            "STUDY" => study.File,
            "nowhere" => nowhere,
            _ => word,
        })]);
        Assert.Equal(2, run.ExitCode);
        Assert.EndsWith(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', run.Error);
    }

    [Fact]
    public void Merge_SeveralAtOnce_OneIsRefusedOrAllGiveTheSame()
    {
        using var study = new CheckpointStudy("1M");
        Assert.Equal("", RunStudyProcess.Run("run", study.File, "--out", study.In("out")).Error);
        var runs = new RunStudyProcess[3];
        Parallel.For(0, runs.Length, i => runs[i] = RunStudyProcess.Run("merge", study.File, "--out", study.In("out")));
        Assert.Contains(runs, run => run.ExitCode == 0);
        Assert.All(runs, run => Assert.True(run.ExitCode == 0 || (run.ExitCode == 2 && run.Error.EndsWith(
            "somebody else merges this study now: wait for it to end.", StringComparison.Ordinal)), run.Error));
        var merged = CheckpointStudy.Tables(study.In("out"));
        Assert.Equal("", RunStudyProcess.Run("merge", study.File, "--out", study.In("out")).Error);
        Assert.All(CheckpointStudy.Tables(study.In("out")), table => Assert.Equal(merged[table.Key], table.Value));
    }
}
