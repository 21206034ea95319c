using System.Text.RegularExpressions;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TrainingLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Add_TwelveHeads_HasAColumnAndALabelForEach()
    {
        new TrainingLog(_folder, resumedStep: 0).Add(Row(1));
        string[][] rows = Rows();
        HeadIndex[] named =
        [
            .. rows[0].Where(name => name.StartsWith("induction_L", StringComparison.Ordinal)).Select(name => HeadIndex.Parse(name[10..])),
        ];
        Assert.Equal(12, named.Distinct().Count());
        Assert.All(rows.SelectMany(row => row).Where(cell => cell.Contains('L', StringComparison.Ordinal)),
            cell => Assert.DoesNotContain('.', cell));
        Assert.Equal("L1H1+L1H10", rows[1][Array.IndexOf(rows[0], "best_pair")]);
    }

    [Fact]
    public void Add_EveryColumn_HasANameOfTheDocument()
    {
        new TrainingLog(_folder, resumedStep: 0).Add(Row(1));
        string[] document = File.ReadAllLines(Path.Combine(SharedFiles.Root, "docs", "figures.md"));
        string[] named = [.. document.Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1])];
        string[] columns = [.. Rows()[0].Select(name => Regex.Replace(name, "L[0-9]+H[0-9]+", "{head}")).Distinct()];
        Assert.Empty(columns.Except(named));
        string[] ofLogs =
        [
            .. document.Where(line => line.EndsWith("| `log.csv` |", StringComparison.Ordinal)).Select(line => line.Split('`')[1]),
        ];
        Assert.Empty(ofLogs.Except(columns)); // what is said to be in a log is there
    }

    [Fact]
    public void Constructor_LogOfAnEarlierVersion_GoesOnWithLabels()
    {
        File.WriteAllLines(Path.Combine(_folder, "log.csv"),
            ["step,best_pair,learning_rate,induction_1.10,top1_1.10", "1,1.1 + 1.10,1.000e-3,0.5,0.25", "2,1.1 + 1.7,1.000e-3,0.5,0.25"]);
        _ = new TrainingLog(_folder, resumedStep: 1);
        Assert.Equal(
            [["step", "best_pair", "learning_rate", "induction_L1H10", "top1_L1H10"], ["1", "L1H1+L1H10", "1.000e-3", "0.5", "0.25"]],
            Rows());
    }

    private string[][] Rows() => [.. File.ReadAllLines(Path.Combine(_folder, "log.csv")).Select(line => line.Split(','))];

    internal static TrainingRow Row(long step)
    {
        HeadIndex[] heads = [.. Enumerable.Range(0, 12).Select(head => new HeadIndex(1, head))];
        CopyingAccuracy Copying(params HeadIndex[] sum) => new(string.Join(" + ", sum), 0.5, 0.75) { Heads = sum };
        return new()
        {
            Step = step,
            Tokens = 100,
            Seconds = 1,
            TrainLoss = 2,
            ValidationLoss = double.NaN,
            LearningRate = 0.001,
            TokensPerSecond = 100,
            Induction = [.. heads.Select(head => (head, 0.5))],
            PreviousToken = [.. heads.Select(head => (head, 0.25))],
            Heads = [.. heads.Select(head => Copying(head))],
            BestPair = Copying(heads[1], heads[10]),
            InductionPair = Copying(heads[1], heads[7]),
            Layer = Copying(heads),
        };
    }
}
