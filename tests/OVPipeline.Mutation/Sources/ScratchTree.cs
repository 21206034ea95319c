using System.Diagnostics;
using System.Reflection;

namespace OVPipeline.Mutation;

/// <summary>A copy of the repository with the changed sources, built once: <c>artifacts/mutation/tree</c>.</summary>
internal sealed class ScratchTree
{
    private const string SwitchReference = """
          <ItemGroup>
            <ProjectReference Include="$(MSBuildThisFileDirectory)../../mutation/Switches/Switches.csproj" />
          </ItemGroup>
        </Project>
        """;

    private readonly RepositoryFiles _repository;
    private readonly HashSet<string> _written = [];

    public ScratchTree(RepositoryFiles repository)
    {
        _repository = repository;
        Root = Path.Combine(repository.Root, "artifacts", "mutation", "tree");
    }

    public string Root { get; }

    /// <summary>Writes all files; those that are as they were keep their time, so that a second build is short.</summary>
    public void Write(IReadOnlyDictionary<string, string> changed)
    {
        foreach (string path in _repository.Paths)
        {
            if (changed.TryGetValue(path, out string? text))
                WriteText(path, text);
            else if (_repository.ProjectFolders.Any(folder => path == ProjectIn(folder)))
                WriteText(path, _repository.ReadAllText(path).Replace("</Project>", SwitchReference));
            else
                Copy(path);
        }
        WriteText("mutation/Switches/Switches.csproj", Injected("Switches.csproj"));
        WriteText("mutation/Switches/MutantSwitch.cs", Injected("MutantSwitch.cs"));
        foreach (string folder in _repository.TestFolders)
            WriteText($"{folder}/RecordedTest.cs", Injected("RecordedTest.cs"));
        WriteText("Mutation.proj", BuildAll());
        DeleteOthers();
        LinkShared();
    }

    /// <summary>Builds the tests with all they use, without analyzers, and without what a fault may make a warning.</summary>
    /// <exception cref="OperationCanceledException">There was no time.</exception>
    /// <exception cref="InvalidOperationException">The build failed; the message holds its end.</exception>
    public void Build(CancellationToken cancellation)
    {
        string[] off =
        [
            "RunAnalyzers", "TreatWarningsAsErrors", "EnforceCodeStyleInBuild", "GenerateDocumentationFile", "NuGetAudit",
        ];
        string[] arguments =
            ["build", "Mutation.proj", "-c", "Release", "--nologo", "-v", "quiet", .. off.Select(property => $"-p:{property}=false")];
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root, RedirectStandardOutput = true };
        using Process build = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
        using CancellationTokenRegistration end = cancellation.Register(() => build.Kill(entireProcessTree: true));
        string output = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        IEnumerable<string> errors = output.Split('\n').Where(line => line.Contains("error")).Distinct();
        if (build.ExitCode != 0)
            throw new InvalidOperationException(string.Join('\n', errors.Take(20)));
    }

    private string BuildAll() => $"""
        <Project DefaultTargets="Build">
          <ItemGroup>
            <Tests Include="{string.Join(';', _repository.TestFolders.Select(ProjectIn))}" />
          </ItemGroup>
          <Target Name="Restore">
            <MSBuild Projects="@(Tests)" Targets="Restore" Properties="Configuration=Release" />
          </Target>
          <Target Name="Build">
            <MSBuild Projects="@(Tests)" BuildInParallel="true" />
          </Target>
        </Project>
        """;

    private static string ProjectIn(string folder) => $"{folder}/{Path.GetFileName(folder)}.csproj";

    private void WriteText(string path, string text)
    {
        string target = Prepare(path);
        if (!File.Exists(target) || File.ReadAllText(target) != text)
            File.WriteAllText(target, text);
    }

    private void Copy(string path)
    {
        string source = Path.Combine(_repository.Root, path);
        string target = Prepare(path);
        (FileInfo from, FileInfo to) = (new FileInfo(source), new FileInfo(target));
        if (to.Exists && to.Length == from.Length && File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target)))
            return;
        File.Copy(source, target, overwrite: true);
        File.SetLastWriteTimeUtc(target, DateTime.UtcNow);
    }

    private string Prepare(string path)
    {
        _written.Add(path);
        string target = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        return target;
    }

    private void DeleteOthers()
    {
        foreach (string file in Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories))
        {
            string path = Path.GetRelativePath(Root, file).Replace('\\', '/');
            bool isBuilt = path.Contains("/bin/") || path.Contains("/obj/") || path.StartsWith("obj/", StringComparison.Ordinal);
            if (!isBuilt && !_written.Contains(path))
                File.Delete(file);
        }
    }

    /// <summary>Some tests read real files in a folder beside the repository, where it is there.</summary>
    private void LinkShared()
    {
        string shared = Path.GetFullPath(Path.Combine(_repository.Root, "..", "shared"));
        string link = Path.Combine(Root, "..", "shared");
        if (Directory.Exists(shared) && !Directory.Exists(link))
            Directory.CreateSymbolicLink(link, shared);
    }

    private static string Injected(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
