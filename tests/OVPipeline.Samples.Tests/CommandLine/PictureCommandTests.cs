using System.Text.Json;
using OVPipeline.Core;
using OVPipeline.Reporting;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>The commands that draw pictures from results.</summary>
public sealed class PictureCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-pictures-").FullName;

    private string Results => Path.Combine(_folder, "results.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pictures_OfAReport_AreThoseOfItsRun()
    {
        Report().Save(_folder);
        string again = Path.Combine(_folder, "again");
        var run = SampleProcess.Run("TestTheClaim", "pictures", Results, "--charts", "bars", "--out", again, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(again, Fact(run, "pictures"));
        Assert.Equal("bars.png", Path.GetFileName(Assert.Single(Directory.GetFiles(again))));
        AssertSame("bars.png");
        run = SampleProcess.Run("TestTheClaim", "pictures", Results, "--out", again);
        Assert.Equal(0, run.ExitCode);
        AssertSame("lines.png");

        void AssertSame(string name) => Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder, "pictures", name)), File.ReadAllBytes(Path.Combine(again, name)));
    }

    [Theory]
    [InlineData("{\"sections\": []}", "", "has no charts")]
    [InlineData("{}", "", "no results.json of a report")]
    [InlineData("# text", "", "no results.json of a report")]
    [InlineData(null, "--charts barz", "There is no chart 'barz', of bars, lines.")]
    public void Pictures_OfWhatHasNone_IsOneSentence(string? json, string options, string sentence)
    {
        File.WriteAllText(Results, json ?? Report().ToJson());
        var run = SampleProcess.Run("TestTheClaim",
            ["pictures", Results, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--out", _folder]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Picture_OfTwoModels_WithJson_SaysWhereItIs()
    {
        var config = new TransformerConfig { Name = "m", Layers = 1, Heads = 2, DModel = 4, DHead = 4, Vocabulary = 50 };
        var row = new CopyingRow
        {
            Name = "head 0.1",
            Kind = CircuitKind.Head,
            Rank = 4,
            Tokens = 50,
            Top1 = 0.5,
            Top5 = 0.75,
            Mrr = 0.6,
            DPrime = 1,
            LogLoss = 1,
            LogLossCalibrated = 1,
            CopyingScore = 1,
        };
        File.WriteAllText(Results, new CopyingResults(config, [row], new(0, 0, 0, 0, 0), new("", 0, true)).ToJson());
        string picture = Path.Combine(_folder, "both.png");
        var run = SampleProcess.Run("ReproduceClaim", "picture", Results, Results, "--out", picture, "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(picture, Fact(run, "picture"));
        Assert.True(new FileInfo(picture).Length > 10_000);
    }

    private static string Fact(SampleProcess run, string name) =>
        JsonDocument.Parse(run.Output).RootElement.GetProperty("facts").GetProperty(name).GetString()!;

    private static ReportDocument Report() => new()
    {
        Title = "t",
        Lead = "l",
        Sections =
        [
            new()
            {
                Id = "one",
                Title = "One",
                Question = "?",
                Charts =
                [
                    ReportChart.Bars("bars", "t", "c", "x", ["a", "b"], [new("s", [], [1, double.NaN]), new("u", [], [2, 3])]),
                    ReportChart.Lines("lines", "t", "c", "x", "y",
                        [new("s", [1, 4], [1, 2]) { Low = [double.NaN, 1], High = [double.NaN, 3] }], xTicks: [1, 4]),
                ],
            },
        ],
    };
}
