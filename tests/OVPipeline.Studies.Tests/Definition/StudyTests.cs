using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Studies.Tests;

public sealed class StudyTests
{
    [Theory]
    [InlineData("measure: pairs", "measure: pears", "there is no measure 'pears'; did you mean pairs?")]
    [InlineData("measure: pairs", "measure: elephants", "there is no measure 'elephants'; there are atlas, pairs,")]
    [InlineData("heads-per-unit: 2", "head-per-unit: 2", "measure 1 has no 'head-per-unit'; did you mean heads-per-unit?")]
    [InlineData("heads-per-unit: 2", "heads-per-unit: 0", "heads-per-unit is a whole number of at least 1, was '0'.")]
    [InlineData("revisions: [step1, step2]", "revison: step1", "model 1 has no 'revison'; did you mean revisions?")]
    [InlineData("revisions: [step1, step2]", "revisions: [step1, step1]", "two of the revisions of noise are called 'step1'")]
    [InlineData("vocabulary: 150", "vocab: 150", "the sizes of noise have no vocabulary: they need one.")]
    [InlineData("name: tiny", "nam: tiny", "the study has no name: it needs one.")]
    [InlineData("name: tiny", "name: ../up", "'../up' has not: give a name.")]
    [InlineData("name: tiny", "name: tiny\ntext: nowhere", "there is no folder of texts nowhere.")]
    [InlineData("models:", "models: [", "it is no YAML")]
    [InlineData("measure: copier", "measure: copier\n    name: pairs", "two of the measures are called 'pairs'")]
    [InlineData("name: tiny", "name: tiny\n? [a, b]\n: c", "line 2: the study has a list or a part for a name, which is one word.")]
    [InlineData("step1, step2", "step1, STEP1", "two of the revisions of noise are called 'step1'")]
    [InlineData("measure: pairs", "measure: frontier\n    rank: 4", "measure 2 has no 'rank'; did you mean ranks?")]
    [InlineData("measure: pairs", "measure: frontier\n    ranks: [4, x]", """line 10: ranks of frontier cannot be ["4","x"].""")]
    [InlineData("measure: pairs", "measure: frontier\n    bounds: maybe", """line 10: bounds of frontier cannot be "maybe".""")]
    [InlineData("measure: pairs", "measure: fairness\n    repeats: 0", "repeats of fairness cannot be \"0\": One or more")]
    [InlineData("measure: pairs", "measure: put-back\n    checkpoints: here", "measure 2 has no 'checkpoints'; there are measure,")]
    public void Load_MistakeInTheFile_SaysWhatAndWhere(string right, string wrong, string expected)
    {
        using var study = new TinyStudy(TinyStudy.Text.Replace(right, wrong, StringComparison.Ordinal));
        var mistake = Assert.Throws<StudyException>(() => Study.Load(study.File));
        Assert.StartsWith(study.File, mistake.Message, StringComparison.Ordinal);
        Assert.Contains(expected, mistake.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', mistake.Message);
    }

    [Fact]
    public void Load_NoFile_NamesIt() => Assert.Contains("there is no such file", Assert.Throws<FileException>(
        () => Study.Load("/nowhere/study.yaml")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("name: ", "[", "]")]
    [InlineData("name: ", "{a: ", "}")]
    [InlineData("", "- ", "")]
    [InlineData("name: ", "!!seq [", "]")]
    public void Load_DepthThatNoStudyHas_IsRefused(string before, string open, string close)
    {
        const int Depth = 20_000;
        string text = before + string.Concat(Enumerable.Repeat(open, Depth)) + "x" + string.Concat(Enumerable.Repeat(close, Depth));
        using var study = new TinyStudy(text);
        Assert.Contains("no YAML", Assert.Throws<StudyException>(() => Study.Load(study.File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AliasesOfAliases_AreNotExpanded()
    {
        string text = TinyStudy.Text + "\na0: &a0 [x, x]\n"
            + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n"));
        using var study = new TinyStudy(text);
        Assert.Contains("has no 'a0'", Assert.Throws<StudyException>(() => Study.Load(study.File)).Message, StringComparison.Ordinal);
        using var named = new TinyStudy(text.Replace("name: tiny", "name: *a60", StringComparison.Ordinal));
        Assert.Throws<StudyException>(() => Study.Load(named.File));
    }

    [Fact]
    public void Load_PipeInPlaceOfTheFile_IsRefused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is Linux's.");
        using var study = new TinyStudy();
        File.Delete(study.File);
        NamedPipe.Create(study.File);
        Assert.Contains("is a pipe", Assert.Throws<FileException>(() => Study.Load(study.File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_JsonOfTheSame_GivesTheSameUnits()
    {
        using var yaml = new TinyStudy();
        using var json = new TinyStudy("""
            {"name": "tiny", "models": [{"model": "noise", "revisions": ["step1", "step2"],
             "sizes": {"layers": 2, "heads": 3, "d-model": 16, "d-head": 4, "vocabulary": 150}}],
             "measures": [{"measure": "atlas", "heads-per-unit": 2}, {"measure": "pairs"},
             {"measure": "copier", "ranks": [2, 4], "seeds": [1], "max-steps": 3}]}
            """);
        Assert.Equal(yaml.Plan.Units.Select(unit => unit.Key), json.Plan.Units.Select(unit => unit.Key));
    }

    [Fact]
    public void Run_ExperimentWithOptionsOfItsOwn_TakesThem()
    {
        using var study = new TinyStudy(TinyStudy.Text[..TinyStudy.Text.IndexOf("measures:", StringComparison.Ordinal)] + """
            measures:
              - measure: frontier
                quick: true
                ranks: [2, 3]
                max-fit-steps: 2
              - measure: frontier
                name: more
                quick: true
                ranks: 5
                max-fit-steps: 2
            """);
        Assert.All(study.Run(), unit => Assert.Equal((UnitState.Done, null), (unit.State, unit.Why)));
        var ranks = study.Open().Status().GroupBy(unit => unit.Unit.MeasureName, unit => unit.Part!.Figures
            .Where(one => one.Table == "frontier-arms").Select(one => one.Rank).OfType<int>()).ToDictionary(
                measure => measure.Key, measure => measure.SelectMany(one => one).ToHashSet());
        Assert.Contains(3, ranks["frontier"]);
        Assert.DoesNotContain(5, ranks["frontier"]);
        Assert.Contains(5, ranks["more"]);
        Assert.DoesNotContain(3, ranks["more"]);
    }

    // Every experiment of the laboratory is a measure, with the options of its record.
    [Fact]
    public void Names_OfMeasures_AreAllExperimentsAndTheirOptions()
    {
        Assert.Superset(ClaimExperiments.All().Select(one => one.Info.Name).ToHashSet(), StudyMeasures.Names.ToHashSet());
        Assert.Superset(new HashSet<string> { "atlas", "pairs", "copier", "controls", "behaviour" }, StudyMeasures.Names.ToHashSet());
        Assert.Equal(["frontier-fits", "seed", "max-fit-steps"],
            ClaimExperiments.Kinds().Single(kind => kind.Info.Name == "dynamics").OptionNames);
    }

    // Made by name they are what their records say: nothing is lost on the way.
    [Fact]
    public void Create_WithoutOptions_HasThoseOfTheRecord()
    {
        var (usual, quick) = (ClaimExperiments.All(seed: 3), ClaimExperiments.All(quick: true, seed: 3));
        Same(new OneOrTwoPatternsOptions { Seed = 3 }, usual.OfType<OneOrTwoPatterns>().Single().Options);
        Same(OneOrTwoPatternsOptions.Quick with { Seed = 3 }, quick.OfType<OneOrTwoPatterns>().Single().Options);
        Same(new FairnessControlsOptions { Seed = 3 }, usual.OfType<FairnessControls>().Single().Options);
        Same(FairnessControlsOptions.Quick with { Seed = 3 }, quick.OfType<FairnessControls>().Single().Options);
        Same(new RankFrontierOptions { Seed = 3 }, usual.OfType<RankFrontier>().Single().Options);
        Same(RankFrontierOptions.Quick with { Seed = 3 }, quick.OfType<RankFrontier>().Single().Options);

        static void Same<T>(T expected, T actual) =>
            Assert.All(typeof(T).GetProperties(), one => Assert.Equal(one.GetValue(expected), one.GetValue(actual)));
    }

    [Fact]
    public void Load_StudiesOfTheSample_AreStudies()
    {
        string folder = Path.Combine(SharedFiles.Root, "samples", "RunStudy", "studies");
        var units = Directory.GetFiles(folder).ToDictionary(
            path => Path.GetFileNameWithoutExtension(path), path => StudyPlan.Of(Study.Load(path)).Units);
        Assert.True(units["dynamics"].Count >= 200, $"{units["dynamics"].Count} units");
        Assert.Equal(154 * 144 / 4, units["pythia-160m"].Count);
        Assert.Equal(5120, units["llama-3-70b"].Count);
    }
}
