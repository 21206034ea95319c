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
    public void Run_ModelThatChangedUnderIt_FailsThoseUnitsAlone()
    {
        using var study = new TinyStudy();
        study.Run(new StudyShard(0, 2));
        var after = study.Run(seed: 6); // other weights under the same name
        var failed = after.Where(unit => unit.State == UnitState.Failed).ToArray();
        Assert.All(after.Take(study.Plan.UnitsOf(new(0, 2)).Count), unit => Assert.Equal(UnitState.Done, unit.State));
        Assert.All(failed, unit => Assert.Contains("its weights are others", unit.Why, StringComparison.Ordinal));
        Assert.All(failed, unit => Assert.Equal("step1", unit.Unit.Revision));
        Assert.True(failed.Length > 0 || after.All(unit => unit.State == UnitState.Done));
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

    // What was found, without how it was run.
    private static string Figures(string part) => part[..part.IndexOf("\"environment\"", StringComparison.Ordinal)];
}
