using System.Text.RegularExpressions;
using OVPipeline.Forward.Tests;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>Models and sequences that are not what they say, through the samples that run models: a sentence names the place.</summary>
public sealed class BadModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-bad-model-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("shape", "up_proj.weight: has shape [24, 16], but")]
    [InlineData("context", "ids.txt, line 1 has 13 tokens;")]
    public void BothSamples_ContradictionsAndLongSequences_AreOneSentence(string what, string said)
    {
        string model = WriteLlama(intermediate: what == "shape" ? 23 : 24), ids = WriteIds(what == "context" ? 13 : 12);
        foreach (string sample in new[] { "MeasureBehaviour", "TestTheClaim" })
        {
            var run = Run(sample, model, ids);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(said, run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public void BothSamples_WeightsThatTheFamilyHasNot_AreNamed()
    {
        string model = WriteLlama(keeps: name => !name.Contains("gate_proj", StringComparison.Ordinal)), ids = WriteIds(12);
        var measured = Run("MeasureBehaviour", model, ids);
        Assert.Equal(2, measured.ExitCode);
        Assert.Contains("W_gate is missing", measured.Error, StringComparison.Ordinal);
        AssertLeftOut(Run("TestTheClaim", model, ids), "W_gate is missing");
    }

    [Fact]
    public void BothSamples_NumbersThatOverflow_NameTheLayer()
    {
        string model = WriteLlama(scale: name => name.Contains("layers.1.mlp", StringComparison.Ordinal) ? 1e30f : 1), ids = WriteIds(12);
        var measured = Run("MeasureBehaviour", model, ids);
        Assert.Equal(2, measured.ExitCode);
        Assert.Contains("not finite (NaN) after layer 1.", measured.Error, StringComparison.Ordinal);
        Assert.Single(measured.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        AssertLeftOut(Run("TestTheClaim", model, ids), "not finite (NaN) after layer 1.");
    }

    // What is about weights alone runs all the same.
    private static void AssertLeftOut(SampleProcess run, string reason)
    {
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string printed = string.Join(' ', run.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches($"4. Put it back: [^-]*{Regex.Escape(reason)}", printed);
        Assert.Matches($"7. One pattern or two: [^-]*{Regex.Escape(reason)}", printed);
        Assert.DoesNotContain("1. Reproduction:", printed, StringComparison.Ordinal);
    }

    private SampleProcess Run(string sample, string model, string ids)
    {
        Assert.SkipUnless(DeviceTests.HasLibtorch(AppContext.BaseDirectory), "Built without libtorch.");
        string[] more = sample == "TestTheClaim"
            ? ["--quick", "--only", "reproduction,put-back,patterns", "--out", Path.Combine(_folder, "claim")]
            : [];
        return SampleProcess.Run(sample, ["--model", model, "--tokens", ids, .. more]);
    }

    private string WriteLlama(int intermediate = 24, Func<string, bool>? keeps = null, Func<string, float>? scale = null)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "llama")).FullName;
        ForwardCase.Open("llama").Write(folder, config => config["intermediate_size"] = intermediate, keeps, scale: scale);
        return folder;
    }

    private string WriteIds(int length)
    {
        string path = Path.Combine(_folder, "ids.txt");
        var random = new Random(1);
        string Line() => string.Join(' ', Enumerable.Range(0, length).Select(_ => random.Next(11)));
        File.WriteAllLines(path, Enumerable.Range(0, 50).Select(_ => Line()));
        return path;
    }
}
