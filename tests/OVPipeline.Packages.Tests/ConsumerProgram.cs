using OVPipeline.Tests.Common;

namespace OVPipeline.Packages.Tests;

/// <summary>A program that takes the packages, built and run outside of the repository.</summary>
internal static class ConsumerProgram
{
    /// <summary>The embedded model.</summary>
    public static string Model { get; } = Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter");

    /// <summary>A picture of 1520 x 1160.</summary>
    public static string Picture { get; } = Path.Combine(SharedFiles.Root, "docs", "pictures", "claim.png");

    /// <summary>Builds and runs a program of the folder Programs.</summary>
    /// <param name="packages">What it takes.</param>
    /// <param name="name">Its folder.</param>
    /// <param name="property">A property of its build, such as <c>With=true</c>, or nothing.</param>
    /// <param name="arguments">Its arguments.</param>
    public static CommandRun Run(PackedPackages packages, string name, string property, params string[] arguments)
    {
        string folder = packages.FolderFor(name + property.Replace('=', '-'));
        foreach (string file in Directory.GetFiles(Path.Combine(PackedPackages.Here, "Programs", name)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        return Run(packages, folder, $"{name}.csproj", property, arguments);
    }

    /// <summary>Builds and runs a program of samples/quick, which takes packages where it takes projects in the repository.</summary>
    public static CommandRun RunQuick(PackedPackages packages, string name, params string[] arguments)
    {
        string folder = packages.FolderFor(name), file = name + ".cs";
        var lines = File.ReadLines(Path.Combine(SharedFiles.Root, "samples", "quick", file)).Select(line => line.Split(' ') switch
        {
            ["#:project", var project] => $"#:package {Path.GetFileNameWithoutExtension(project)}@{packages.Version}",
            ["#:package", var package] => $"#:package {package}@{VersionOf(package)}",
            _ => line,
        });
        File.WriteAllLines(Path.Combine(folder, file), lines);
        return Run(packages, folder, file, "", arguments);
    }

    private static CommandRun Run(PackedPackages packages, string folder, string file, string property, string[] arguments)
    {
        // MSBuild and NuGet take settings from the environment too: ours are restored anew, the machine's packages are used where they are.
        var settings = new Dictionary<string, string>
        {
            ["NUGET_PACKAGES"] = packages.NewFolder("cache"),
            ["NUGET_FALLBACK_PACKAGES"] = packages.MachinesPackages,
            ["OVPipelineVersion"] = packages.Version,
        };
        string program = Path.Combine(folder, "app", Path.ChangeExtension(file, ".dll"));
        string[] options = property.Length == 0 ? [] : [$"-p:{property}"];
        string[] command = ["build", file, "-c", "Release", "-o", "app", "-nologo", "-v:quiet", .. options];
        var build = CommandRun.Of(folder, settings, "dotnet", command);
        return build.ExitCode == 0 ? CommandRun.Of(folder, settings, "dotnet", [program, .. arguments]) : build;
    }

    // The version that this repository has of a package of others.
    private static string VersionOf(string package) => Versions.Central[package];
}
