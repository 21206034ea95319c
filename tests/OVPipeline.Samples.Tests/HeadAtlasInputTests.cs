using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>The atlas of models of other kinds, and of what is no model.</summary>
public sealed class HeadAtlasInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-atlas-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("gpt2", true, "Biases are left out: b_Q, b_K, b_V, b_O")]
    [InlineData("gpt2 --fold-layer-norm", true, "layer norm is folded")]
    [InlineData("llama", false, "Positions are rotary")]
    [InlineData("bloom", false, "alibi")]
    [InlineData("transformer_lens_grouped", true, "(LN) is not folded in")]
    public void Run_OtherArchitectures_SaysWhatIsLeftOut(string model, bool positional, string said)
    {
        string[] words = model.Split(' ');
        string fixtures = Path.Combine(MainJob.FindRoot(), "tests", "OVPipeline.Checkpoints.Tests", "Fixtures", "Architectures");
        var run = SampleProcess.Run("HeadAtlas", [.. words[1..], "--model", Path.Combine(fixtures, words[0]), "--out", _folder]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains(said, File.ReadAllText(Path.Combine(_folder, "notes.txt")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "matching.png")));
        Assert.Equal(positional, File.Exists(Path.Combine(_folder, "previous-position.png")));
    }

    [Fact]
    public void Run_PartsLeftOut_WritesTheRest()
    {
        var run = SampleProcess.Run("HeadAtlas", "--no-qk", "--no-composition", "--tokens", "2", "--out", _folder);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            ["atlas.html", "copying-score.png", "copying.png", "effective-rank.png", "head-tokens.csv", "heads.csv", "notes.txt",
                "previous-position.png", "singular-values.csv", "suppression.png", "token-outputs.csv", "token-ranks.csv"],
            Directory.EnumerateFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--model /no/such/model", "/no/such/model")]
    [InlineData("--pairs -1", "-1")]
    [InlineData("--pattern-positions 0", "0")]
    [InlineData("--nonsense", "--nonsense")]
    public void Run_BadOption_IsOneSentenceAndExitCode2(string arguments, string named)
    {
        var run = SampleProcess.Run("HeadAtlas", [.. arguments.Split(' '), "--out", _folder]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public void Run_UnwritableFolder_NamesIt()
    {
        string file = Path.Combine(_folder, "a-file");
        File.WriteAllText(file, "");
        var run = SampleProcess.Run("HeadAtlas", "--out", Path.Combine(file, "out"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("a-file", run.Error, StringComparison.Ordinal);
    }
}
