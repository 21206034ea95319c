using System.Diagnostics;
using System.Text.RegularExpressions;

namespace OVPipeline.Mutation;

/// <summary>The files of the working tree that git would take: tracked or new, not ignored.</summary>
internal sealed partial class RepositoryFiles
{
    private RepositoryFiles(string root, IReadOnlyList<string> paths)
    {
        Root = root;
        Paths = paths;
        ProjectFolders = FoldersOf(ProjectPattern());
        TestFolders = [.. FoldersOf(TestPattern()).Where(IsRunWithTheOthers)];
    }

    public string Root { get; }

    /// <summary>Paths relative to <see cref="Root"/>.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>The folders of the projects whose sources are changed.</summary>
    public IReadOnlyList<string> ProjectFolders { get; }

    /// <summary>The folders of the test projects that are run.</summary>
    public IReadOnlyList<string> TestFolders { get; private init; }

    /// <summary>The repository around the folder that the program is started in.</summary>
    public static RepositoryFiles Find()
    {
        for (DirectoryInfo? at = new(Environment.CurrentDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "OVPipeline.sln")))
                return new RepositoryFiles(at.FullName, Existing(at.FullName));
        throw new DirectoryNotFoundException("No OVPipeline.sln at or above the current folder.");
    }

    /// <summary>The same files, of which only one test project is run.</summary>
    public RepositoryFiles WithTestsOf(string project) =>
        new(Root, Paths) { TestFolders = [.. TestFolders.Where(folder => Path.GetFileName(folder) == project)] };

    // What dotnet test leaves out, such as tests of packages, is no test of what a fault is put into.
    private bool IsRunWithTheOthers(string folder) => !ReadAllText($"{folder}/{Path.GetFileName(folder)}.csproj")
        .Contains("<IsTestingPlatformApplication>false<", StringComparison.Ordinal);

    public string ReadAllText(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The sources in a project's folder, without those that its build leaves out.</summary>
    public IEnumerable<string> SourcesUnder(string folder)
    {
        string[] all = [.. Paths.Where(path => path.StartsWith(folder + '/', StringComparison.Ordinal))];
        var builds = all.Where(path => Path.GetExtension(path) is ".csproj" or ".props" or ".targets");
        var removals = builds.SelectMany(build => RemovePattern().Matches(ReadAllText(build)));
        string[] removed = [.. removals.SelectMany(match => match.Groups[1].Value.Split(';')).Select(pattern => $"{folder}/{pattern}")];
        return all.Where(path => path.EndsWith(".cs", StringComparison.Ordinal) && !removed.Any(pattern => IsIn(path, pattern)));
    }

    /// <summary>The project folders that the folder's project refers to.</summary>
    public IEnumerable<string> ReferencesOf(string folder)
    {
        string project = ReadAllText(Paths.Single(path => path == $"{folder}/{Path.GetFileName(folder)}.csproj"));
        return ReferencePattern().Matches(project).Select(match => $"src/{match.Groups[1].Value}").Where(ProjectFolders.Contains);
    }

    /// <summary>The copy of a package's assembly that the build has opened the internals of, or null.</summary>
    public string? OpenedCopyOf(string assembly)
    {
        string objects = Path.Combine(Root, "src/OVPipeline/obj");
        if (!Directory.Exists(objects))
            return null;
        var built = Directory.EnumerateFiles(objects, Path.GetFileName(assembly), SearchOption.AllDirectories);
        return built.FirstOrDefault(path => path.Contains("opened"));
    }

    // A file, or a folder with all that is in it: "Store/**".
    private static bool IsIn(string path, string pattern) =>
        path == pattern || (pattern.EndsWith("/**", StringComparison.Ordinal) && path.StartsWith(pattern[..^2], StringComparison.Ordinal));

    private string[] FoldersOf(Regex project) =>
        [.. Paths.Where(path => project.IsMatch(path)).Select(path => Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal)];

    private static string[] Existing(string root) => [.. Git(root).Where(path => File.Exists(Path.Combine(root, path)))];

    private static string[] Git(string root)
    {
        var start = new ProcessStartInfo("git", "ls-files -z --cached --others --exclude-standard")
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
        };
        using Process git = Process.Start(start) ?? throw new InvalidOperationException("git could not be started.");
        string[] paths = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return git.ExitCode == 0 ? paths : throw new InvalidOperationException("git ls-files failed.");
    }

    [GeneratedRegex("^src/([^/]+)/\\1\\.csproj$")]
    private static partial Regex ProjectPattern();

    // Tests of the sources' own shape read the files, which are changed: they say nothing about a fault. Those of the samples run whole
    // programs, which is too slow to do for every mutant.
    [GeneratedRegex("^tests/(OVPipeline(?!\\.Architecture|\\.Samples)[^/]*\\.Tests)/\\1\\.csproj$")]
    private static partial Regex TestPattern();

    [GeneratedRegex("Compile Remove=\"([^\"]+)\"")]
    private static partial Regex RemovePattern();

    [GeneratedRegex("ProjectReference Include=\"[^\"]*/([^/\"]+)\\.csproj\"")]
    private static partial Regex ReferencePattern();
}
