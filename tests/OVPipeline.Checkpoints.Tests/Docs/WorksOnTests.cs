using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;
using Xunit.v3;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// docs/what-works.md says what the lists say, and names no test that is not there. OVP_WRITE_DOCS=1 writes the page.
/// </summary>
public sealed partial class WorksOnTests
{
    private static readonly string s_page = Repository.PathOf("docs", "what-works.md");

    [Fact]
    public void Page_OfTheLists_IsTheOneInTheDocs()
    {
        string text = WorksOnPage.Text();
        if (Environment.GetEnvironmentVariable("OVP_WRITE_DOCS") == "1")
            File.WriteAllText(s_page, text);
        Assert.Equal(text, File.ReadAllText(s_page).ReplaceLineEndings("\n"));
    }

    public static TheoryData<string> Tests =>
    [
        .. WorksOnList.All.SelectMany(section => section.Rows).Select(row => row.Test),
        .. WorksOnPage.Families().Select(family => family.Test).OfType<string>(),
    ];

    [Theory, MemberData(nameof(Tests))]
    public void Row_TestThatItNames_IsThere(string test) => Assert.True(IsThere(test), $"There is no test {test}.");

    [Theory]
    [InlineData("LayoutTests.Load_RawWeights_ProjectAsTheModelDoes(gpt2)", true)]
    [InlineData("LayoutTests.Load_RawWeights_ProjectAsTheModelDoes(gpt17)", false)]
    [InlineData("LayoutTests.Load_RawWeights", false)]
    [InlineData("NoSuchTests.Load_RawWeights_ProjectAsTheModelDoes", false)]
    [InlineData("FirstLookTests.Dispose", false)]
    [InlineData("BadInputTests.ReproduceClaim_TruncatedWeights_NamesTheFile", true)]
    [InlineData("BadInputTests.CopyModel", false)]
    public void IsThere_AnyName_IsTrueOfTestsAlone(string test, bool isThere) => Assert.Equal(isThere, IsThere(test));

    // A test of this project by reflection, with its case; one of another project by its source.
    private static bool IsThere(string test)
    {
        var parts = Name().Match(test).Groups;
        string name = parts["type"].Value, called = parts["method"].Value;
        if (typeof(WorksOnTests).Assembly.GetTypes().FirstOrDefault(type => type.Name == name) is not { } type)
            return IsInSource(name, called);
        if (type.GetMethod(called) is not { } method || method.GetCustomAttribute<FactAttribute>() is null)
            return false;
        return !parts["case"].Success || Cases(type, method).Contains(parts["case"].Value);
    }

    [GeneratedRegex(@"^(?<type>\w+)\.(?<method>\w+)(?:\((?<case>.*)\))?$")]
    private static partial Regex Name();

    private static IEnumerable<string?> Cases(Type type, MethodInfo method)
    {
        if (method.GetCustomAttribute<MemberDataAttribute>() is { } member)
        {
            var rows = (System.Collections.IEnumerable)type.GetProperty(member.MemberName)!.GetValue(null)!;
            return rows.Cast<object>().Select(row => ((ITheoryDataRow)row).GetData()[0]?.ToString());
        }
        return method.GetCustomAttributes<InlineDataAttribute>().Select(data => data.Data[0]?.ToString());
    }

    private static bool IsInSource(string type, string method)
    {
        string? file = Directory.EnumerateFiles(Repository.PathOf("tests"), type + ".cs", SearchOption.AllDirectories).FirstOrDefault();
        if (file is null)
            return false;
        string[] lines = File.ReadAllLines(file);
        int at = Array.FindIndex(lines, line => line.Contains($" {method}(", StringComparison.Ordinal)
            && line.Contains("public ", StringComparison.Ordinal));
        return at > 0 && lines[Math.Max(0, at - 40)..at].Reverse().TakeWhile(line => line.Trim() is ['[', ..] or ['"', ..])
            .Any(line => line.Contains("Fact", StringComparison.Ordinal) || line.Contains("Theory", StringComparison.Ordinal));
    }
}
