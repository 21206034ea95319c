using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class DeviceTests : IDisposable
{
    private readonly string _zip = Path.Combine(Directory.CreateTempSubdirectory("ovpipeline-device-").FullName, "head.zip");

    public DeviceTests()
    {
        var ml = new MLContext();
        var model = TransformerCheckpoint.Load(Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter"));
        var tokens = ml.Data.LoadVocabulary(model);
        var head = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 7)).Append(ml.Transforms.ScoreTopK());
        ml.Model.Save(head.Fit(tokens), tokens.Schema, _zip);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_zip)!, recursive: true);

    [Fact]
    public void ScoreToken_OnTorch_AnswersAsTheProcessorDoes()
    {
        // The folder of the tests has libtorch where a sample among them does.
        Assert.SkipUnless(HasLibtorch(AppContext.BaseDirectory), "Built without libtorch.");
        SampleProcess expected = SampleProcess.Run("ScoreToken", _zip, "␣the", "#300"),
            torch = SampleProcess.Run("ScoreToken", _zip, "␣the", "#300", "--device", "torch-cpu");
        Assert.Equal((0, "", expected.Output), (torch.ExitCode, torch.Error, torch.Output));
        var cuda = SampleProcess.Run("ScoreToken", _zip, "␣the", "--device", "cuda:31");
        Assert.Equal(2, cuda.ExitCode);
        Assert.Contains("There is no cuda:31", cuda.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torch-cpu")]
    [InlineData("cuda:0")]
    public void ScoreToken_BuiltWithoutLibtorch_NamesThePropertyToSet(string device)
    {
        // As the sample is built by itself: bin/Release/net10.0, without libtorch by default.
        string tests = Path.Combine(MainJob.FindRoot(), "tests", "OVPipeline.Samples.Tests"),
            configuration = Path.GetRelativePath(tests, AppContext.BaseDirectory).Split(Path.DirectorySeparatorChar)[1];
        string folder = Path.Combine(MainJob.FindRoot(), "samples", "ScoreToken", "bin", configuration, "net10.0");
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "ScoreToken.dll")) && !HasLibtorch(folder), "Built with libtorch.");
        var run = SampleProcess.Run(Path.Combine(folder, "ScoreToken"), _zip, "␣the", "--device", device);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("-p:TorchBackend=cpu, cuda-linux or cuda-windows", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    internal static bool HasLibtorch(string folder) =>
        new[] { "libtorch.so", "libtorch_cpu.dylib", "torch.dll" }.Any(file => File.Exists(Path.Combine(folder, file)));
}
