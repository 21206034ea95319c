using Xunit;

namespace OVPipeline.Packages.Tests;

/// <summary>A head compared with a copier, saved, exported and run again, by the packages alone.</summary>
public sealed class OnnxProgramTests(PackedPackages packages)
{
    [Fact]
    public void Quick_FromPackagesAlone_RunsItsOnnxFileToTheSameTopTokens()
    {
        var run = ConsumerProgram.RunQuick(packages, "15-onnx", ConsumerProgram.Model);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Matches(@"only by the head, 15\d\d only by the copier\n.*the same top 5 for 3,142 of 3,142 tokens\n$", run.Output);
    }
}

/// <summary>ML.NET's images, which SkiaSharp reads: its managed and its native part have to be of one version.</summary>
public sealed class ImageProgramTests(PackedPackages packages)
{
    [Theory]
    [InlineData("WithReporting=false")] // SkiaSharp as ML.NET has it
    [InlineData("WithReporting=true")] // as ScottPlot has it
    public void Images_BesideThePackages_AreRead(string property)
    {
        var run = ConsumerProgram.Run(packages, "images", property, ConsumerProgram.Picture);
        Assert.Equal((0, "1520 x 1160\n"), (run.ExitCode, run.Output));
    }
}

/// <summary>TorchSharp called first. On systems whose C++ library is new enough it works without us too.</summary>
public sealed class TorchSharpFirstTests(PackedPackages packages)
{
    [Fact]
    public void TorchSharp_CalledFirst_LoadsAndOursToo()
    {
        var run = ConsumerProgram.Run(packages, "torchsharp-first", "");
        Assert.Equal((0, "TorchSharp: 2\nOVPipeline.Torch: loaded\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public void TorchSharp_CalledFirstWithoutWhatThePackageAdds_IsSaidInOneSentence()
    {
        var run = ConsumerProgram.Run(packages, "torchsharp-first", "OVPipelineLoadOnDemand=false");
        Assert.Equal(0, run.ExitCode);
        if (run.Output != "TorchSharp: 2\nOVPipeline.Torch: loaded\n")
            Assert.EndsWith(
                "TorchSharp: NotSupportedException\n"
                + "OVPipeline.Torch: TorchSharp was called in this process before OVPipeline.Torch and found no libtorch that it could "
                + "load, and .NET lets it try only once: call TorchLibrary.LoadOnDemand() as the first thing in the program.\n",
                run.Output,
                StringComparison.Ordinal);
    }
}

/// <summary>Microsoft.ML.TorchSharp in the same program: what works, and what its networks say with our TorchSharp.</summary>
public sealed class MlTorchSharpTests(PackedPackages packages)
{
    [Fact]
    public void MlTorchSharp_BesideThePackages_DoesWhatThePageSays()
    {
        var run = ConsumerProgram.Run(packages, "ml-torchsharp", "", ConsumerProgram.Model, ConsumerProgram.Picture);
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(
            """
            its engine where none is asked for: cpu
            our engine where none is asked for: CpuEngine
            its engine on GPU 63: Exception: Fallback to CPU is false but no GPU detected
            our engine on GPU 63: TorchUnavailableException: There is no cuda:63: this application has libtorch for the processor alone;
            its engine on GPU 63 or the processor: cpu
            our engine on GPU 63 or the processor: CpuEngine
            head 1.1 scored by libtorch: 26.2 %
            an image: 1520 x 1160
            TextClassification: TextClassificationTrainer
            SentenceSimilarity: SentenceSimilarityTrainer
            NamedEntityRecognition: NerTrainer
            QuestionAnswer: QATrainer
            ObjectDetection: ObjectDetectionTrainer
            EvaluateObjectDetection: mAP50 1.00
            network of TextClassification: InvalidOperationException: Tensor invalid -- empty handle.
            network of NamedEntityRecognition: InvalidOperationException: Tensor invalid -- empty handle.
            network of QuestionAnswer: InvalidOperationException: Tensor invalid -- empty handle.
            network of ObjectDetection: MissingMethodException: Method not found: 'Tensor functional.interpolate(

            """,
            string.Concat(run.Output.Split('\n').Select(Short)));
    }

    // The beginning says which: the rest is long.
    private static string Short(string line) => line.Length == 0 ? "" : line switch
    {
        _ when line.IndexOf("alone;", StringComparison.Ordinal) is > 0 and var end => line[..(end + 6)],
        _ when line.IndexOf("interpolate(", StringComparison.Ordinal) is > 0 and var end => line[..(end + 12)],
        _ => line,
    } + "\n";
}
