using Xunit;

namespace OVPipeline.Architecture.Tests;

/// <summary>The rules that docs/architecture.md explains, on the sources as they are.</summary>
public sealed class ArchitectureTests(ITestOutputHelper output)
{
    /// <summary>What each project may refer to. A project that is not here has no place yet: give it one.</summary>
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["OVPipeline.Core"] = [],
        ["OVPipeline.Checkpoints"] = ["OVPipeline.Core"],
        ["OVPipeline"] = ["OVPipeline.Core", "OVPipeline.Checkpoints"],
        ["OVPipeline.Torch"] = ["OVPipeline.Core", "OVPipeline.Checkpoints"],
        ["OVPipeline.Experiments"] = ["OVPipeline.Core", "OVPipeline.Checkpoints", "OVPipeline", "OVPipeline.Torch"],
        ["OVPipeline.Studies"] =
            ["OVPipeline.Core", "OVPipeline.Checkpoints", "OVPipeline", "OVPipeline.Torch", "OVPipeline.Experiments"],
        ["OVPipeline.Reporting"] = ["OVPipeline.Core"],
    };

    public static TheoryData<string> Projects => [.. SourceProject.All.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Sources_Bound_HaveNoErrors(string project) =>
        AssertNone("What does not bind hides what it uses", Find(project).Sources.BindingErrors);

    /// <summary>Its output is the map of folders: docs/architecture.md says how to print it.</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_OfAProject_StandOnNoneThatStandsOnThem(string project)
    {
        FolderGraph folders = Find(project).Folders;
        output.WriteLine($"{project}\n{folders.Map()}");
        AssertNone("Move what both sides need below them", folders.Circles().Select(circle => circle.Explanation));
    }

    [Fact]
    public void Types_OfAllProjects_ShareNoName() => AssertNone(
        "Two types of one name",
        SourceProject.All
            .SelectMany(project => project.Sources.Types.Select(type => (type.Name, File: $"{project.Name}/{type.File}")))
            .GroupBy(type => type.Name)
            .Where(types => types.Count() > 1)
            .Select(types => $"{types.Key} is declared in {string.Join(" and in ", types.Select(type => type.File))}"));

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_OfAProject_GoDown(string project)
    {
        SourceProject found = Find(project);
        Assert.True(AllowedReferences.ContainsKey(project), $"{project} has no place in {nameof(AllowedReferences)}: give it one.");
        AssertNone("A reference that does not go down", found.ProjectReferences.Except(AllowedReferences[project]));
        AssertNone(
            "A use that does not go down",
            found.Sources.ForeignUses
                .Where(use => AllowedReferences.ContainsKey(use.Assembly) && !AllowedReferences[project].Contains(use.Assembly))
                .Select(use => $"{use.Type} in {use.File}"));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Console_OfAllProjects_IsReportings(string project)
    {
        if (project == "OVPipeline.Reporting")
            return;
        SourceProject found = Find(project);
        AssertNone("A package of consoles", found.PackageReferences.Where(IsOfConsoles));
        AssertNone(
            "A use of the console",
            found.Sources.ForeignUses
                .Where(use => use.Type == "System.Console" || IsOfConsoles(use.Assembly))
                .Select(use => $"{use.Type} in {use.File}"));
    }

    private static SourceProject Find(string project) => SourceProject.All.Single(found => found.Name == project);

    private static bool IsOfConsoles(string package) => package.StartsWith("Spectre.", StringComparison.Ordinal);

    private static void AssertNone(string rule, IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"{rule}:\n{string.Join("\n", all)}");
    }
}
