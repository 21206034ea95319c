using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Architecture.Tests;

/// <summary>The width of sources. The compiler refuses long lines too (RCS0056), but neither comments nor what ends in a string.</summary>
public sealed partial class LineLengthTests
{
    [Fact]
    public void Lines_OfEverySource_HaveAtMostTheColumnsOfTheEditorConfig()
    {
        string root = SourceProject.RepositoryRoot();
        int most = int.Parse(MaxLineLength().Match(File.ReadAllText(Path.Combine(root, ".editorconfig"))).Groups[1].ValueSpan, null);
        string[] files = [.. new[] { "src", "samples", "tests" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(folder => folder is "bin" or "obj"))];
        string[] wide = [.. files.SelectMany(file => File.ReadLines(Path.Combine(root, file))
            .Select((line, i) => (line.Length, Place: $"{file}:{i + 1}"))
            .Where(line => line.Length > most)
            .Select(line => $"{line.Place} has {line.Length}"))];

        Assert.NotEmpty(files);
        Assert.True(wide.Length == 0, $"Lines of more than {most} columns:\n{string.Join("\n", wide)}");
    }

    [GeneratedRegex(@"roslynator_max_line_length *= *(\d+)")]
    private static partial Regex MaxLineLength();
}
