using System.Reflection;
using System.Runtime.InteropServices;

namespace OVPipeline.Benchmarks;

/// <summary>The programs of a checkout that was built.</summary>
/// <param name="Root">The folder that holds the solution.</param>
internal sealed record Programs(string Root)
{
    private const string Solution = "OVPipeline.sln";

    /// <summary>Those beside this program.</summary>
    public static Programs Here
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, Solution)))
                folder = folder.Parent;
            return new(folder?.FullName ?? throw new IOException($"There is no {Solution} above {AppContext.BaseDirectory}."));
        }
    }

    /// <summary>This program.</summary>
    public static string Own { get; } = Assembly.GetExecutingAssembly().Location;

    /// <summary>The assembly of a sample.</summary>
    /// <exception cref="IOException">It is not built.</exception>
    public string Sample(string name)
    {
        string build = Path.Combine(Root, "samples", name, "bin", "Release", "net10.0");
        return new[] { build, Path.Combine(build, RuntimeInformation.RuntimeIdentifier) }
            .Select(folder => new FileInfo(Path.Combine(folder, name + ".dll")))
            .Where(file => file.Exists).MaxBy(file => file.LastWriteTimeUtc)?.FullName
            ?? throw new IOException($"{build} has no {name}.dll: dotnet build -c Release samples/{name} makes it.");
    }
}
