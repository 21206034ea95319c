using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using OVPipeline.Tests.Common;

namespace OVPipeline.Architecture.Tests;

/// <summary>
/// A project under src: what its project file refers to, and its sources, bound against what the projects were built with.
/// </summary>
internal sealed class SourceProject
{
    private static readonly Lazy<IReadOnlyList<SourceProject>> AllProjects = new(() =>
        [.. Directory.GetFiles(Path.Combine(RepositoryRoot(), "src"), "*.csproj", SearchOption.AllDirectories)
            .AsParallel()
            .Select(file => new SourceProject(file))
            .OrderBy(project => project.Name, StringComparer.Ordinal)]);

    private static readonly Lazy<Dictionary<string, MetadataReference>> Loadable = new(FindReferences);

    private SourceProject(string projectFile)
    {
        string folder = Path.GetDirectoryName(projectFile)!;
        XDocument project = XDocument.Load(projectFile);
        Name = Path.GetFileNameWithoutExtension(projectFile);
        ProjectReferences = [.. Included(project, "ProjectReference").Select(ProjectName)];
        PackageReferences = [.. Included(project, "PackageReference")];
        string[] removed = [.. RemovedByImports(folder, project)];
        Files = [.. Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(file => !IsBuilt(file) && !removed.Any(pattern => Matches(pattern, file)))
            .Order(StringComparer.Ordinal)];
        Sources = CompiledSources.Bind(
            Name,
            Files.Select(file => (file, File.ReadAllText(Path.Combine(folder, file)))),
            References(Name));
    }

    /// <summary>All projects under src, in the order of their names.</summary>
    public static IReadOnlyList<SourceProject> All => AllProjects.Value;

    public string Name { get; }

    /// <summary>Names of the projects that the project file refers to.</summary>
    public IReadOnlyList<string> ProjectReferences { get; }

    /// <summary>Names of the packages that the project file refers to.</summary>
    public IReadOnlyList<string> PackageReferences { get; }

    /// <summary>Paths of the sources, relative to the project.</summary>
    public IReadOnlyList<string> Files { get; }

    public CompiledSources Sources { get; }

    public FolderGraph Folders => new(Files, Sources.Uses);

    /// <summary>All that a project may be bound against: everything loadable here but the project itself, as it was built.</summary>
    internal static IEnumerable<MetadataReference> References(string without = "") =>
        Loadable.Value.Where(reference => reference.Key != without + ".dll").Select(reference => reference.Value);

    /// <summary>
    /// By file name, what this test itself could load: the runtime's assemblies and those of its output folder, which holds all projects,
    /// for this test refers to them, and the packages they use. ML.NET's come with internals opened where a project compiles against those.
    /// </summary>
    private static Dictionary<string, MetadataReference> FindReferences()
    {
        string[] loadable = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        string[] opened = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "opened"), "*.dll");
        return loadable
            .Concat(opened)
            .GroupBy(file => Path.GetFileName(file))
            .ToDictionary(files => files.Key, files => (MetadataReference)MetadataReference.CreateFromFile(files.Last()));
    }

    private static string ProjectName(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));

    private static bool IsBuilt(string file) => file.Split('/') is ["bin" or "obj", ..];

    private static IEnumerable<string> Included(XDocument project, string item) =>
        project.Descendants(item).Select(reference => (string?)reference.Attribute("Include")).OfType<string>();

    /// <summary>Sources that are no part of the assembly: Compile Remove, in the project or a file of it that it imports.</summary>
    private static IEnumerable<string> RemovedByImports(string folder, XDocument project) => project.Descendants("Import")
        .Select(import => Path.Combine(folder, (string)import.Attribute("Project")!))
        .Where(File.Exists)
        .Select(XDocument.Load)
        .Append(project)
        .SelectMany(source => source.Descendants("Compile"))
        .Select(compile => (string?)compile.Attribute("Remove"))
        .OfType<string>()
        .SelectMany(patterns => patterns.Split(';'));

    // A path, or a folder with all below it: "Folder/**".
    private static bool Matches(string pattern, string file) => pattern.EndsWith("/**", StringComparison.Ordinal)
        ? file.StartsWith(pattern[..^2], StringComparison.Ordinal)
        : file == pattern;

    internal static string RepositoryRoot() => SharedFiles.Root;
}
