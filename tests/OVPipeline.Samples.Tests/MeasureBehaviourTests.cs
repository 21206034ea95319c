using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class MeasureBehaviourTests
{
    private static readonly string s_replicas = Path.Combine(MainJob.FindRoot(), "data", "replicas");

    // Of replicas one card has a part for each.
    public static TheoryData<string> Replicas =>
        [.. Directory.GetDirectories(s_replicas).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Fact]
    public void MeasureBehaviour_EmbeddedModel_PrintsTheFiguresOfItsCard()
    {
        string printed = AssertPrints(File.ReadAllText(Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter", "README.md")));
        Assert.DoesNotContain("without", printed, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Replicas))]
    public void MeasureBehaviour_Replica_PrintsTheFiguresOfItsCard(string replica)
    {
        string card = File.ReadAllText(Path.Combine(s_replicas, "README.md"));
        string part = Regex.Match(card, $@"(?ms)^## {replica}$.*?(?=^## |\z)").Value;
        AssertPrints(part, "--model", Path.Combine(s_replicas, replica));
    }

    // Returns what it printed.
    private static string AssertPrints(string card, params string[] arguments)
    {
        var run = SampleProcess.Run("MeasureBehaviour", arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(Number(card, @"Validation loss ([\d.]+) nats"), Number(run.Output, @"Validation loss ([\d.]+) nats"), 0.0015);
        var heads = Regex.Matches(card, @"(?m)^\| (\d\.\d+) \|(.*)\|$"); // induction, previous token on text, copying top-1, top-5
        Assert.True(heads.Count >= 3, "the card names its heads");
        foreach (Match head in heads)
        {
            double[] stated = Numbers(head.Groups[2].Value), printed = Row(run.Output, head.Groups[1].Value);
            Assert.Equal(stated[0], printed[0], 0.0015);
            Assert.Equal(stated[1], printed[3], 0.0015); // after the previous-token and the duplicate-token score on random tokens
            Assert.Equal(stated[2..4], printed[4..6]);
        }
        Assert.Equal(24, Regex.Count(run.Output, @"(?m)^  [01]\.\d+ "));
        return run.Output;
    }

    [Fact]
    public void MeasureBehaviour_WithoutHeads_ShowsBothFigures()
    {
        var run = SampleProcess.Run("MeasureBehaviour", "--without", "1.7,0.1", "--text", "none");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string expected in new[]
        {
            "0.1 ablated", "1.7 ablated", "without", "Repeated random tokens", "Without 0.1, 1.7", "a change of", "95 % interval",
        })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Validation loss", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--without 2.1", "Head 2.1 does not exist")]
    [InlineData("--without first", "'first'")]
    [InlineData("--text /no/such/text.txt", "/no/such/text.txt")]
    [InlineData("--text none --windows 0", "Windows")]
    [InlineData("--model tests/OVPipeline.Checkpoints.Tests/Fixtures/Architectures/gpt2 --text none", "W_in, W_out are missing")]
    public void MeasureBehaviour_BadInput_IsOneSentenceAndExitCode2(string arguments, string named)
    {
        var run = SampleProcess.Run("MeasureBehaviour", [.. arguments.Split(' ')
            .Select(word => word.StartsWith("tests/", StringComparison.Ordinal) ? Path.Combine(MainJob.FindRoot(), word) : word)]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static double[] Row(string output, string head) =>
        Numbers(Regex.Match(output, $@"(?m)^  {Regex.Escape(head)} .*$").Value[(head.Length + 2)..]);

    private static double[] Numbers(string text) =>
        [.. Regex.Matches(text, @"-?\d+(\.\d+)?").Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    private static double Number(string output, string pattern) =>
        double.Parse(Regex.Match(output, pattern).Groups[1].Value, CultureInfo.InvariantCulture);
}
