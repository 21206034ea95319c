using System.Globalization;
using System.Reflection;
using OVPipeline.Mutation.Switches;
using Xunit.v3;

[assembly: RecordedTest]

namespace OVPipeline.Mutation.Switches;

/// <summary>
/// Writes, for every test, its processor time and the mutants that it reached, itself or in processes that it started: built into each test
/// project. What runs between two tests (a constructor, a fixture) counts to the later one.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class RecordedTestAttribute : BeforeAfterTestAttribute
{
    private static readonly string? Path = Environment.GetEnvironmentVariable("OVP_MUTANT_RECORD");
    private static TimeSpan _before = Environment.CpuUsage.TotalTime;

    /// <inheritdoc/>
    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (Path is null)
            return;
        TimeSpan now = Environment.CpuUsage.TotalTime;
        string seconds = (now - _before).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        _before = now;
        var reached = Mutant.TakeReached().Select(id => id.ToString(CultureInfo.InvariantCulture));
        if (File.Exists(Mutant.ChildRecord))
        {
            reached = [.. reached, .. File.ReadLines(Mutant.ChildRecord)];
            File.Delete(Mutant.ChildRecord);
        }
        string method = $"{test.TestCase.TestClassName}.{test.TestCase.TestMethodName}";
        File.AppendAllText(Path, $"{method}\t{seconds}\t{string.Join(' ', reached)}\n");
    }
}
