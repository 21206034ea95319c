using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>The programs of samples/quick: each runs and prints what it is about, and is as short as it says.</summary>
public sealed class QuickProgramTests
{
    // Something of what each prints: a figure that other tests hold, where there is one.
    private static readonly Dictionary<string, string> s_prints = new()
    {
        ["01-load.cs"] = @"2 layers of 12 heads, d_model 192, d_head 16\n3,142 tokens.*\n␣The ␣cat",
        ["02-score-head.cs"] = @"ranks 26\.2 ?% of all tokens first(.*\n.*ranks itself +\d+; top: ){5}",
        ["03-two-heads.cs"] = @"1\.1 +rank 16  26\.2 %.*\n1\.7 +rank 16  24\.9 %.*\n1\.1 \+ 1\.7 +rank 32  51\.4 %",
        ["04-train-copier.cs"] = @"76\.\d ?% first, 85\.\d ?% in the top 5\nOf \d+ tokens that were kept out: \d+",
        ["05-save-and-load.cs"] = @"KiB\n␣the ranks itself [12]; top: .*␣the",
        ["06-cross-validate.cs"] =
            @"top-1 24\.9 ?%, MRR 0\.317\n.*5\.978 nats, d' 2\.84(.*\n.*fold \d: top-1 \d+\.\d ?% of 1\d+ tokens){3}",
        ["07-truncate.cs"] = @"rank 32 +51\.4 %(.*\n)*rank 16 +28\.1 %(.*\n)*rank  2",
        ["08-spectrum.cs"] = @"1\.1 +copying score +1\.000(.*\n)*1\.9 +copying score -0\.461",
        ["09-composition.cs"] = @"K-composition 0\.\d+: head 1\.\d+ looks for what head 0\.\d+ moved(.*\n)*V-composition",
        ["10-frontier.cs"] = @"rank  1 +0\.1 %(.*\n)*rank 16 +7\d\.\d %",
        ["11-bounds.cs"] = @"rank 16, norm 13\.\d and a log-loss of 5\.963 nats\.\nNo circuit of that rank and norm has less than 4\.\d+",
        ["12-files.cs"] = @"protocol4\.pth: PyTorch.*, \d+ tensors(.*\n.*\[[\d, ]+\])",
        ["13-checkpoints.cs"] = @"1M tokens  1\.1 (.*\n)* +\d+M tokens  1\.1 ",
        ["14-compare.cs"] =
            @"first: \d+ tokens only by the head, 15\d\d only by the copier\nlog-loss: -4\.4\d\d nats, .*\n.*head: \w+ ␣?\w",
        ["15-onnx.cs"] = @"first: \d+ tokens only by the head, 15\d\d only by the copier\n.*the same top 5 for 3,142 of 3,142 tokens",
        ["20-run.cs"] = @"(.+ \d+\.\d{3} nats\n){16}next: .",
        ["21-generate.cs"] = @"Mr\. Darcy smiled, and \w",
        ["22-ablate.cs"] = @"as it is +\d\.\d{3} nats(.*\nwithout \d\.\d( and 1\.7)? +[+-]\d+\.\d{3}){4}",
        ["23-put-back.cs"] = @"as they are +\d\.\d{3} nats.*\nwithout them +\d\.\d{3}(\na copier times \d\.\d +\d+\.\d{3}){3}",
        ["24-direct-logits.cs"] = @"To the logit of .*(\n +head \d\.\d+ +-?\d+\.\d\d){5}",
        ["25-attention.cs"] = @"attends to the beginning +\d+ ?%(.*\n)*.*attends to ␣?\w",
        ["26-effective-embedding.cs"] = @"over W_E +24\.9 % first\n.*after layer 0 +\d+\.\d % first",
        ["30-experiment.cs"] = @"fitted, free +2\.\d +2\d\.\d +7\d(.*\n)*The best head \(1\.1\): \d+ ?% of the d'²",
        ["31-report.cs"] = @"The best head is 1\.1, with 26\.2 ?%\. The page is .*report\.html",
    };

    public static TheoryData<string> All => [.. QuickProgram.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Run_EachProgram_PrintsWhatItIsAbout(string name)
    {
        var run = new QuickProgram(name).Run();
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(s_prints[name], run.Output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void File_EachProgram_IsShortSaysWhatItDoesAndNamesItsProjects(string name)
    {
        var program = new QuickProgram(name);
        Assert.InRange(program.Lines.Length, 5, 40);
        Assert.All(program.Lines, line => Assert.InRange(line.Length, 0, 140));
        Assert.StartsWith("// ", program.Lines[0], StringComparison.Ordinal);
        Assert.Contains("](" + name + ")", File.ReadAllText(QuickProgram.PathOf("README.md")), StringComparison.Ordinal);
        string named = string.Join('\n', program.Directives);
        foreach (string project in program.Namespaces.Except(["OVPipeline.Core", "OVPipeline.Checkpoints"]))
            Assert.Contains($"/{project}.csproj", named, StringComparison.Ordinal);
        // A program of one file is made for AOT unless it says otherwise, and JSON by reflection is then off.
        Assert.Contains("#:property PublishAot=false", named, StringComparison.Ordinal);
        // What runs a model has libtorch.
        bool runs = Regex.IsMatch(named, @"OVPipeline\.(Torch|Experiments)\.csproj");
        Assert.Equal(runs, named.Contains("#:package TorchSharp-cpu", StringComparison.Ordinal));
    }

    /// <summary>As users run them, through the SDK: one of each kind.</summary>
    [Theory]
    [InlineData("01-load.cs")]
    [InlineData("20-run.cs")]
    public void DotnetRun_File_BuildsWithoutWarningsAndRuns(string name)
    {
        var run = SampleProcess.Start("dotnet", MainJob.FindRoot(), "run", "-c", "Release", QuickProgram.PathOf(name));
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(s_prints[name], run.Output.ReplaceLineEndings("\n"));
        Assert.DoesNotContain("warning", run.Output, StringComparison.Ordinal);
    }
}
