using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Samples.Tests;

public sealed class MeasureBehaviourTests
{
    [Fact]
    public void MeasureBehaviour_EmbeddedModel_PrintsTheFiguresOfItsCard()
    {
        var run = SampleProcess.Run("MeasureBehaviour");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(4.081, Number(run.Output, @"Validation loss ([\d.]+) nats"), 0.002);
        double[] previousTokenHead = Row(run.Output, "0.1"), best = Row(run.Output, "1.7"), second = Row(run.Output, "1.1");
        Assert.Equal(0.52, previousTokenHead[2], 0.02); // on text, as the card's
        Assert.Equal(0.011, best[0], 0.002);
        Assert.Equal([3.9, 5.8], best[3..5]);
        Assert.Equal([1.2, 3.5], second[3..5]);
        Assert.Equal(24, Regex.Count(run.Output, @"(?m)^  [01]\.\d+ "));
        Assert.DoesNotContain("without", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void MeasureBehaviour_WithoutHeads_ShowsBothFigures()
    {
        var run = SampleProcess.Run("MeasureBehaviour", "--without", "1.7,0.1", "--text", "none");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (string expected in new[] { "0.1 ablated", "1.7 ablated", "induction without", "Repeated random tokens", "without 0.1, 1.7" })
            Assert.Contains(expected, run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Validation loss", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--without 2.1", "Head 2.1 does not exist")]
    [InlineData("--without first", "'first'")]
    [InlineData("--text /no/such/text.txt", "/no/such/text.txt")]
    [InlineData("--text none --windows 0", "Windows")]
    [InlineData("--model tests/OVPipeline.Checkpoints.Tests/Fixtures/Architectures/gpt2 --text none", "it has MLPs")]
    public void MeasureBehaviour_BadInput_IsOneSentenceAndExitCode2(string arguments, string named)
    {
        var run = SampleProcess.Run("MeasureBehaviour", [.. arguments.Split(' ').Select(word => word.StartsWith("tests/", StringComparison.Ordinal) ? Path.Combine(MainJob.FindRoot(), word) : word)]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static double[] Row(string output, string head) =>
        [.. Regex.Match(output, $@"(?m)^  {Regex.Escape(head)} .*$").Value[(head.Length + 2)..].Replace("%", "", StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];

    private static double Number(string output, string pattern) => double.Parse(Regex.Match(output, pattern).Groups[1].Value, CultureInfo.InvariantCulture);
}
