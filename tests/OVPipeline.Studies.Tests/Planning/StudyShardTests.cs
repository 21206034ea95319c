using Xunit;

namespace OVPipeline.Studies.Tests;

public sealed class StudyShardTests
{
    [Theory]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=1", 3, 8)]
    [InlineData("SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=4", 2, 4)]
    [InlineData("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=1", 1, 2)]
    [InlineData("JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=5", 0, 5)]
    [InlineData("SLURM_ARRAY_TASK_ID= HOME=/root", 0, 1)]
    public void FromEnvironment_OfAScheduler_IsItsShare(string variables, int index, int count) =>
        Assert.Equal(new(index, count), StudyShard.FromEnvironment(Variables(variables)));

    [Theory]
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_STEP=1", "Task 7 of this array")]
    [InlineData("SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2", "Task 4 of this array")]
    [InlineData("SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0", "SLURM_ARRAY_TASK_COUNT is not set")]
    [InlineData("JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=5", "it counts from 0")]
    [InlineData("JOB_COMPLETION_INDEX=5", "JOB_COMPLETIONS is not set")]
    [InlineData("JOB_COMPLETION_INDEX=x JOB_COMPLETIONS=5", "was 'x'")]
    public void FromEnvironment_NoShareOfAnything_SaysSo(string variables, string expected) => Assert.Contains(
        expected, Assert.Throws<FormatException>(() => StudyShard.FromEnvironment(Variables(variables))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("8/8")]
    [InlineData("1")]
    [InlineData("-1/8")]
    [InlineData("0/0")]
    public void Parse_NoShare_SaysWhatOneIs(string text) =>
        Assert.Contains($"was '{text}'", Assert.Throws<FormatException>(() => StudyShard.Parse(text)).Message, StringComparison.Ordinal);

    private static Func<string, string?> Variables(string text)
    {
        var values = text.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return name => values.GetValueOrDefault(name);
    }
}
