using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace OVPipeline.Mutation;

/// <summary>A project's sources, parsed, and compiled in memory so that expressions have types.</summary>
internal sealed class SourceProject
{
    private const string Usings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Preview);

    private SourceProject(string name, IReadOnlyList<SyntaxTree> files, CSharpCompilation compilation)
    {
        Name = name;
        Files = files;
        Compilation = compilation;
    }

    public string Name { get; }

    /// <summary>The files that may be changed; their paths are relative to the repository.</summary>
    public IReadOnlyList<SyntaxTree> Files { get; }

    public CSharpCompilation Compilation { get; }

    /// <summary>Reads the projects, those that use others after those they use.</summary>
    public static IReadOnlyList<SourceProject> ReadAll(RepositoryFiles repository)
    {
        IReadOnlyList<string> names = repository.ProjectFolders.Select(Path.GetFileName).ToArray()!;
        List<MetadataReference> packages = [.. Packages(repository, names)];
        var projects = new Dictionary<string, SourceProject>();
        foreach (string folder in InOrder(repository))
        {
            // Every project is compiled against all before it: more than it refers to, and nothing that refers to it.
            var references = packages.Concat(projects.Values.Select(project => project.Compilation.ToMetadataReference()));
            var project = Read(repository, folder, names, references);
            projects.Add(project.Name, project);
        }
        return [.. projects.Values];
    }

    private static SourceProject Read(
        RepositoryFiles repository, string folder, IReadOnlyList<string> names, IEnumerable<MetadataReference> references)
    {
        string name = Path.GetFileName(folder);
        SyntaxTree[] files = [.. repository.SourcesUnder(folder).Select(path => Parse(repository.ReadAllText(path), path))];
        string friends = string.Concat(
            names.Select(friend => $"[assembly: System.Runtime.CompilerServices.InternalsVisibleTo(\"{friend}\")]"));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true)
            .WithNullableContextOptions(NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create(name, [.. files, Parse(Usings + friends, "")], references, options);
        return new SourceProject(name, files, compilation);
    }

    private static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, Parsing, path);

    /// <summary>
    /// Everything this program was built with, but for the projects themselves; ML.NET with its internals opened where it was built so.
    /// </summary>
    private static IEnumerable<MetadataReference> Packages(RepositoryFiles repository, IReadOnlyList<string> projects)
    {
        string[] all = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        foreach (string path in all.Where(path => !projects.Contains(Path.GetFileNameWithoutExtension(path))))
            yield return MetadataReference.CreateFromFile(repository.OpenedCopyOf(path) ?? path);
    }

    private static IEnumerable<string> InOrder(RepositoryFiles repository)
    {
        var done = new List<string>();
        while (done.Count < repository.ProjectFolders.Count)
        {
            string[] ready =
            [
                .. repository.ProjectFolders.Where(folder => !done.Contains(folder) && repository.ReferencesOf(folder).All(done.Contains)),
            ];
            if (ready.Length == 0)
                throw new InvalidDataException("The projects refer to each other in a circle.");
            done.AddRange(ready);
        }
        return done;
    }
}
