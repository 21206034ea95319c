using OVPipeline.Packages.Tests;
using OVPipeline.Tests.Common;
using Xunit;

[assembly: AssemblyFixture(typeof(PackedPackages))]

namespace OVPipeline.Packages.Tests;

/// <summary>All packages of this repository, packed once, and a folder outside of it for programs that take them.</summary>
public sealed class PackedPackages : IDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-packages-").FullName;

    public PackedPackages()
    {
        string project = Path.Combine(Here, "Packing", "Pack.proj"), output = Path.Combine(_folder, "packages");
        CommandRun.Require(Here, "dotnet", "msbuild", project, "-nologo", "-v:quiet", "-m",
            $"-p:Configuration={Configuration}", $"-p:PackageOutputPath={output}");
        All = [.. Directory.GetFiles(output, "*.nupkg").Order(StringComparer.Ordinal).Select(PackedPackage.Read)];
        MachinesPackages = CommandRun.Require(Here, "dotnet", "nuget", "locals", "global-packages", "--list").Split(": ")[1].Trim();
        // Restores take from there what they need no second copy of: an older build of ours would be tested in the place of this one.
        if (All.FirstOrDefault(package => Directory.Exists(Path.Combine(MachinesPackages, package.Id, package.Version))) is { } kept)
            throw new InvalidOperationException($"{MachinesPackages} has {kept.Id} {kept.Version} itself: remove it.");
        File.WriteAllText(Path.Combine(_folder, "NuGet.config"),
            $"""
            <configuration>
              <config><add key="dependencyVersion" value="Lowest" /></config>
              <packageSources><add key="packed" value="{output}" /></packageSources>
            </configuration>
            """);
        File.Copy(Path.Combine(Here, "Programs", "Directory.Build.props"), Path.Combine(_folder, "Directory.Build.props"));
    }

    /// <summary>The folder of this project.</summary>
    public static string Here { get; } = Path.Combine(SharedFiles.Root, "tests", "OVPipeline.Packages.Tests");

    /// <summary>What was packed.</summary>
    internal IReadOnlyList<PackedPackage> All { get; }

    /// <summary>The version of all of them.</summary>
    internal string Version => All[0].Version;

    /// <summary>Where this machine keeps packages.</summary>
    internal string MachinesPackages { get; }

    /// <summary>A new folder for a program, in which restores find the packages.</summary>
    internal string FolderFor(string program) => Directory.CreateDirectory(Path.Combine(_folder, "programs", program)).FullName;

    /// <summary>A new folder within the same, for anything.</summary>
    internal string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
