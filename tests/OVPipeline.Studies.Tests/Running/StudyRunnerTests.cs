using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

public sealed class StudyRunnerTests
{
    [Fact]
    public void Run_Again_DoesNothing()
    {
        using var study = new TinyStudy();
        Assert.All(study.Run(), unit => Assert.Equal(UnitState.Done, unit.State));
        var before = Times(study);
        int loads = 0;
        new StudyRunner(study.Open(), (_, revision) =>
        {
            loads++;
            return TinyStudy.Model(revision);
        }).Run(StudyShard.Whole);
        Assert.Equal(before, Times(study));
        Assert.Equal(0, loads);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("figure")]
    [InlineData("empty")]
    public void Run_DamagedPart_IsSeenAndDoneAgain(string damage)
    {
        using var study = new TinyStudy();
        study.Run();
        string part = Directory.GetFiles(Path.Combine(study.Out, "parts")).Order().First();
        string whole = File.ReadAllText(part);
        File.WriteAllText(part, damage switch
        {
            "cut" => whole[..(whole.Length / 2)],
            "figure" => whole.Replace("\"value\":0.", "\"value\":1.", StringComparison.Ordinal),
            _ => "",
        });
        Assert.NotEqual(whole, File.ReadAllText(part));
        var status = study.Open().Status();
        Assert.Equal(UnitState.Damaged, status[0].State);
        Assert.Single(status, unit => unit.State != UnitState.Done);
        study.Run();
        Assert.All(study.Open().Status(), unit => Assert.Equal(UnitState.Done, unit.State));
        Assert.Equal(Figures(whole), Figures(File.ReadAllText(part)));
    }

    [Fact]
    public void Run_PartOfAnotherStudyUnderAName_IsNotTaken()
    {
        using var study = new TinyStudy();
        using var other = new TinyStudy(TinyStudy.Text.Replace("name: tiny", "name: other", StringComparison.Ordinal));
        study.Run();
        other.Run();
        string[] own = [.. Directory.GetFiles(Path.Combine(study.Out, "parts")).Order()];
        string[] others = [.. Directory.GetFiles(Path.Combine(other.Out, "parts")).Order()];
        File.Copy(others[0], own[0], overwrite: true);
        File.Copy(others[1], Path.Combine(study.Out, "parts", Path.GetFileName(others[1])));
        var first = study.Open().Status()[0];
        Assert.Equal(UnitState.Damaged, first.State);
        Assert.Contains("it is of another unit (part 1", first.Why, StringComparison.Ordinal);
        Assert.Throws<StudyException>(() => StudyMerge.Run(study.Open()));
        study.Run();
        Assert.Equal("1 part is of other units or versions, and left out.", Assert.Single(StudyMerge.Run(study.Open()).Remarks));
    }

    [Fact]
    public void Open_FolderOfAnotherStudy_SaysSo()
    {
        using var study = new TinyStudy();
        study.Run();
        File.WriteAllText(study.File, TinyStudy.Text.Replace("name: tiny", "name: other", StringComparison.Ordinal));
        Assert.EndsWith("is the folder of the study tiny, not of other: name another folder.",
            Assert.Throws<StudyException>(() => study.Open()).Message, StringComparison.Ordinal);
        File.WriteAllText(study.File, TinyStudy.Text.Replace("[2, 4]", "[2, 4, 8]", StringComparison.Ordinal));
        Assert.Contains("had other units (16 of them, now 18): put the file back as it was",
            Assert.Throws<StudyException>(() => study.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ModelThatChangedUnderIt_FailsWhatWasNotDoneAndGoesOnWhenItIsBack()
    {
        using var study = new TinyStudy();
        string[] done = [.. study.Run(new StudyShard(0, 4)).Select(unit => unit.Unit.Key)];
        Assert.InRange(done.Length, 1, 6); // of the first revision's eight
        var after = study.Run(seed: 6); // other weights under the same name
        Assert.Equal(16, after.Count);
        Assert.All(after, unit => Assert.Equal(
            unit.Unit.Revision == "step1" && !done.Contains(unit.Unit.Key) ? UnitState.Failed : UnitState.Done, unit.State));
        string why = after.First(unit => unit.State == UnitState.Failed).Why!;
        Assert.StartsWith("noise@step1: its weights are others (", why, StringComparison.Ordinal);
        Assert.EndsWith("): put them back, or begin in another folder.", why, StringComparison.Ordinal);
        Assert.Contains("its weights are others", Assert.Throws<StudyException>(() => StudyMerge.Run(study.Open())).Message,
            StringComparison.Ordinal);

        // The second revision's were run with other weights from their first unit on, and are of one model: a run begins anew for those.
        study.Run();
        Assert.All(study.Open().Status(), unit => Assert.Equal(UnitState.Done, unit.State));
        Assert.DoesNotContain(",noise,step1,", Difference(study, seed: 5), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WhatAMeasureReadsChangedUnderIt_FailsTheRestAlone()
    {
        using var study = new TinyStudy(TinyStudy.Text[..TinyStudy.Text.IndexOf("measures:", StringComparison.Ordinal)] + """
            measures:
              - measure: value-rank
                results: results
            """);
        string results = Directory.CreateDirectory(Path.Combine(study.Folder, "results")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(SharedFiles.Root, "data", "value-rank")))
            File.Copy(file, Path.Combine(results, Path.GetFileName(file)));
        Assert.Equal(UnitState.Done, Assert.Single(study.Run(new StudyShard(0, 2))).State);
        string csv = Path.Combine(results, "value-rank.csv"), whole = File.ReadAllText(csv);
        File.WriteAllLines(csv, File.ReadAllLines(csv)[..^1]);
        var (first, second) = (study.Run()[0], study.Run()[1]);
        Assert.Equal((UnitState.Done, UnitState.Failed), (first.State, second.State));
        Assert.Equal($"{results}: its files are others than when a unit first read them: put them back, or begin in another folder.",
            second.Why);
        File.WriteAllText(csv, whole);
        Assert.All(study.Run(), unit => Assert.Equal((UnitState.Done, null), (unit.State, unit.Why)));
        string[] rows = [.. study.Open().Status().Select(unit => string.Join('\n', unit.Part!.Figures))];
        Assert.Equal(rows[0], rows[1]);
    }

    [Fact]
    public void Run_TextThatChangedUnderIt_FailsTheRestAlone()
    {
        using var study = new TinyStudy(TinyStudy.Text.Replace("name: tiny", "name: tiny\ntext: texts", StringComparison.Ordinal));
        string text = Path.Combine(Directory.CreateDirectory(Path.Combine(study.Folder, "texts")).FullName, "train.txt");
        File.WriteAllText(text, "one");
        int done = study.Run(new StudyShard(0, 4)).Count(unit => unit.State == UnitState.Done);
        File.WriteAllText(text, "another");
        var after = study.Run();
        var failed = after.Where(unit => unit.State == UnitState.Failed).ToArray();
        Assert.Equal(8 - done, failed.Length);
        string why = "its texts are others than when the study began: put them back, or begin in another folder.";
        Assert.All(failed, unit => Assert.Equal($"{Path.GetDirectoryName(text)}: {why}", unit.Why));
    }

    [Fact]
    public void WriteFirst_ManyAtOnce_AllHaveWhatTheFirstWrote()
    {
        using var study = new TinyStudy();
        for (int round = 0; round < 20; round++)
        {
            string path = Path.Combine(study.Folder, $"{round}.json");
            var marks = new ReadMark[8];
            using var together = new Barrier(marks.Length);
            Thread[] threads = [.. Enumerable.Range(0, marks.Length).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                marks[i] = KeptFile.WriteFirst(path, new ReadMark($"{i}"));
            }))];
            Assert.All(threads, thread => thread.Start());
            Assert.All(threads, thread => thread.Join());
            Assert.Single(marks.Append(KeptFile.Read<ReadMark>(path)!).Distinct());
        }
        Assert.Equal(20, Directory.GetFiles(study.Folder, "*json*").Length);
    }

    [Theory]
    [InlineData("study.json")]
    [InlineData("models/noise@step1.json")]
    public void Run_DamagedMark_IsWrittenAgain(string mark)
    {
        using var study = new TinyStudy();
        study.Run(new StudyShard(0, 2));
        string path = Path.Combine(study.Out, mark), whole = File.ReadAllText(path);
        File.WriteAllText(path, whole[..10]);
        study.Run();
        Assert.Equal(whole, File.ReadAllText(path));
        Assert.All(study.Open().Status(), unit => Assert.Equal(UnitState.Done, unit.State));
    }

    [Fact]
    public void Run_ModelThatCannotBeLoaded_IsAReasonAndOthersGoOn()
    {
        using var study = new TinyStudy();
        var statuses = new StudyRunner(study.Open(), (_, revision) => revision == "step1"
            ? throw new InvalidOperationException("step1 is away today.")
            : TinyStudy.Model(revision)).Run(StudyShard.Whole);
        Assert.All(statuses, unit => Assert.Equal(unit.Unit.Revision == "step1" ? UnitState.Failed : UnitState.Done, unit.State));
        var status = study.Open().Status()[0];
        Assert.Equal((UnitState.Failed, $"step1 is away today (on {Environment.MachineName})."), (status.State, status.Why));
        study.Run();
        Assert.All(study.Open().Status(), unit => Assert.Equal(UnitState.Done, unit.State));
        Assert.Empty(Directory.GetFiles(Path.Combine(study.Out, "failed")));
    }

    [Fact]
    public void Run_OtherSizesThanPlanned_AreSaid()
    {
        using var study = new TinyStudy(TinyStudy.Text.Replace("heads: 3", "heads: 2", StringComparison.Ordinal));
        Assert.All(study.Run(), unit => Assert.Contains(
            "has 2 layers of 3 heads, d_model 16, d_head 4, V 150, and was planned with 2 layers of 2 heads", unit.Why,
            StringComparison.Ordinal));
    }

    private static (string, DateTime)[] Times(TinyStudy study) =>
        [.. Directory.GetFiles(study.Out, "*", SearchOption.AllDirectories).Order().Select(path => (path, File.GetLastWriteTimeUtc(path)))];

    // Lines of the merged figures that differ from those of a study of the same that nothing happened to.
    private static string Difference(TinyStudy study, int seed)
    {
        string fresh = Path.Combine(study.Folder, "fresh");
        study.Run(folder: fresh, seed: seed);
        string[] expected = Lines(study.Open(fresh));
        return string.Join('\n', Lines(study.Open()).Except(expected));

        static string[] Lines(StudyFolder folder) =>
            System.Text.Encoding.UTF8.GetString(TinyStudy.Merged(folder)["figures.csv"]).Split("\r\n");
    }

    // What was found, without how it was run.
    private static string Figures(string part) => part[..part.IndexOf("\"environment\"", StringComparison.Ordinal)];
}
