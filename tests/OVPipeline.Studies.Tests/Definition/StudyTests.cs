using OVPipeline.Core;
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
