using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-bad-").FullName;
    private readonly string _embedded = Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--heads 1.12", "1.12")]
    [InlineData("--heads 1.4,1.4", "head 1.4 twice")]
    [InlineData("--heads one", "'one'")]
    [InlineData("--rank 193", "[1, 192], was 193")]
    [InlineData("--rank 0", "[1, 192], was 0")]
    [InlineData("--test-fraction 1.5", "between 0 and 1, was 1.5")]
    [InlineData("--top 4000", "was 4000")]
    [InlineData("--model /no/such/model", "/no/such/model")]
    [InlineData("--nonsense", "--nonsense")]
    [InlineData("--device gpu", "torch-cpu, cuda or cuda:N, was 'gpu'")]
    [InlineData("--device cuda:one", "'cuda:one'")]
    [InlineData("--device cuda:7", "cuda")]
    public void ReproduceClaim_BadOption_SaysWhichAndExitsWith2(string arguments, string named)
    {
        var run = SampleProcess.Run("ReproduceClaim", [.. arguments.Split(' '), "--out", _folder]);
        AssertOneSentence(run, named);
        Assert.Empty(Directory.EnumerateFiles(_folder));
    }

    [Fact]
    public void ReproduceClaim_TruncatedWeights_NamesTheFile()
    {
        string model = CopyModel();
        string weights = Path.Combine(model, "model.safetensors");
        using (var stream = File.OpenWrite(weights))
            stream.SetLength(stream.Length / 2);
        AssertOneSentence(SampleProcess.Run("ReproduceClaim", "--model", model, "--out", _folder), weights);
    }

    [Fact]
    public void ReproduceClaim_TokenizerOfAnotherModel_GoesOnWithoutItAndNamesBothCounts()
    {
        string model = Path.Combine(_folder, "tiny");
        TinyText.Model().SaveTo(model);
        // A SentencePiece model (field 1 is a piece: field 1 its text, field 3 its kind) of 4,000 pieces for 30 rows.
        byte[] Piece(string text, params byte[] kind) =>
            [0x0A, (byte)(text.Length + 2 + kind.Length), 0x0A, (byte)text.Length, .. System.Text.Encoding.UTF8.GetBytes(text), .. kind];
        File.WriteAllBytes(Path.Combine(model, "tokenizer.model"),
            [.. Piece("<unk>", 0x18, 2), .. Enumerable.Range(1, 3_999).SelectMany(i => Piece($"p{i}"))]);
        var run = SampleProcess.Run("ReproduceClaim", "--model", model, "--out", _folder);
        Assert.Equal((0, ""), (run.ExitCode, run.Error)); // the weights are as good as ever
        string output = run.Output.ReplaceLineEndings(" ").Replace(",", "", StringComparison.Ordinal);
        Assert.Contains("No tokenizer: ", output, StringComparison.Ordinal);
        Assert.Contains("tokenizer.model", output, StringComparison.Ordinal);
        Assert.Contains("4000", output, StringComparison.Ordinal);
        Assert.Matches(@"\b30\b", output[output.IndexOf("No tokenizer: ", StringComparison.Ordinal)..]);
    }

    [Fact]
    public void ReproduceClaim_UnwritableFolder_NamesIt()
    {
        string file = Path.Combine(_folder, "a-file");
        File.WriteAllText(file, "");
        AssertOneSentence(SampleProcess.Run("ReproduceClaim", "--out", Path.Combine(file, "out")), "a-file");
    }

    [Theory]
    [InlineData("--only nosuch", "'nosuch'")]
    [InlineData("--model /no/such/model", "/no/such/model")]
    [InlineData("--seed one", "one")]
    public void TestTheClaim_BadOption_SaysWhichAndExitsWith2(string arguments, string named) =>
        AssertOneSentence(SampleProcess.Run("TestTheClaim", [.. arguments.Split(' '), "--out", _folder]), named);

    [Fact]
    public void TestTheClaim_UnwritableFolder_SaysSoBeforeAnyWork()
    {
        string file = Path.Combine(_folder, "a-file");
        File.WriteAllText(file, "");
        var run = SampleProcess.Run("TestTheClaim", "--out", Path.Combine(file, "out"));
        AssertOneSentence(run, "a-file");
        Assert.DoesNotContain("%", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ScoreToken_NoZip_SaysHowToMakeOne() =>
        AssertOneSentence(SampleProcess.Run("ScoreToken", Path.Combine(_folder, "no.zip"), "x"), "no.zip");

    [Fact]
    public void ScoreToken_NotAZip_SaysSo()
    {
        string file = Path.Combine(_folder, "text.zip");
        File.WriteAllText(file, "not a zip");
        Assert.Equal(2, SampleProcess.Run("ScoreToken", file, "x").ExitCode);
    }

    [Fact]
    public void Help_Samples_ListTheirOptions()
    {
        foreach (var (sample, option) in new[] { ("ReproduceClaim", "--test-fraction"), ("ScoreToken", "zip"), ("TestTheClaim", "--only") })
        {
            var run = SampleProcess.Run(sample, "--help");
            Assert.Equal(0, run.ExitCode);
            Assert.Contains(option, run.Output, StringComparison.Ordinal);
        }
    }

    private string CopyModel()
    {
        string model = Path.Combine(_folder, "model");
        Directory.CreateDirectory(model);
        foreach (string file in Directory.EnumerateFiles(_embedded))
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        return model;
    }

    private static void AssertOneSentence(SampleProcess run, string named)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
