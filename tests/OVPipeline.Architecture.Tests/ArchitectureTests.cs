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
        ["OVPipeline.Reporting"] = ["OVPipeline.Core"],
    };

    /// <summary>Folders that stand in circles and are being taken out of them: may only become fewer, and an entry without a circle fails.</summary>
    private static readonly Dictionary<string, string[]> CirclesBeingMended = new()
    {
        ["OVPipeline.Core"] = ["Circuits", "Kernels", "Matrices", "Models", "Scoring", "Fitting", "Fitting/Bounded"],
        ["OVPipeline.Checkpoints"] =
        [
            ".", "Architectures", "Configuration", "Hub", "Processing", "PyTorch", "Safetensors", "Tensors", "Tokenizers",
            "Tokenizers/Json", "Tokenizers/Pipeline", "Tokenizers/SentencePiece",
        ],
        ["OVPipeline"] = ["Evaluation", "Fitting"],
        ["OVPipeline.Torch"] =
        [
            "Behaviour", "Interventions", "Model", "Text", "Training", "Training/Checkpoints", "Training/Log", "Training/Steps",
        ],
    };

    /// <summary>Names that two types still share: may only become fewer, and an entry that no two types share fails.</summary>
    private static readonly string[] SharedNamesBeingMended = ["RowBlock"];

    public static TheoryData<string> Projects => [.. SourceProject.All.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Sources_Bound_HaveNoErrors(string project) => Assert.Empty(Find(project).Sources.BindingErrors);

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_OfAProject_StandOnNoneThatStandsOnThem(string project)
    {
        string[] mended = CirclesBeingMended.GetValueOrDefault(project, []);
        IReadOnlyList<FolderCircle> circles = Find(project).Folders.Circles();
        string[] found = [.. circles.SelectMany(circle => circle.Folders)];

        Assert.True(
            found.All(folder => mended.Contains(folder)),
            $"{project} has a folder circle. Move what both sides need below them.\n{string.Join("\n", circles.Select(circle => circle.Explanation))}");
        Assert.True(
            mended.All(folder => found.Contains(folder)),
            $"{project}: no circle holds {string.Join(", ", mended.Except(found))} any more. Take it out of {nameof(CirclesBeingMended)}.");
    }

    [Fact]
    public void Types_OfAllProjects_ShareNoName()
    {
        var shared = SourceProject.All
            .SelectMany(project => project.Sources.Types.Select(type => (type.Name, File: $"{project.Name}/{type.File}")))
            .GroupBy(type => type.Name)
            .Where(types => types.Count() > 1)
            .ToDictionary(types => types.Key, types => types.Select(type => type.File));

        string[] unexpected = [.. shared
            .Where(name => !SharedNamesBeingMended.Contains(name.Key))
            .Select(name => $"{name.Key} is declared in {string.Join(" and in ", name.Value)}")];

        Assert.Empty(unexpected);
        Assert.Empty(SharedNamesBeingMended.Except(shared.Keys));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void ProjectReferences_OfAProject_GoDown(string project)
    {
        Assert.True(AllowedReferences.ContainsKey(project), $"{project} has no place in {nameof(AllowedReferences)}.");
        Assert.Empty(Find(project).ProjectReferences.Except(AllowedReferences[project]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Uses_OfOtherProjects_GoDown(string project) => Assert.DoesNotContain(
        Find(project).Sources.ForeignUses,
        use => AllowedReferences.ContainsKey(use.Assembly) && !AllowedReferences[project].Contains(use.Assembly));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Console_UsedByReportingAlone(string project)
    {
        if (project == "OVPipeline.Reporting")
            return;
        Assert.DoesNotContain(Find(project).PackageReferences, package => package.StartsWith("Spectre.", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Find(project).Sources.ForeignUses,
            use => use.Assembly.StartsWith("Spectre.", StringComparison.Ordinal) || use.Type == "System.Console");
    }

    /// <summary>Checks nothing: run alone with its output shown it prints the map (see docs/architecture.md).</summary>
    [Theory]
    [MemberData(nameof(Projects))]
    public void FolderMap_OfAProject_IsPrinted(string project)
    {
        SourceProject found = Find(project);
        output.WriteLine($"{project}{(found.ProjectReferences.Count == 0 ? "" : " -> ")}{string.Join(", ", found.ProjectReferences)}");
        output.WriteLine(found.Folders.Map());
    }

    private static SourceProject Find(string project) => SourceProject.All.Single(found => found.Name == project);
}
