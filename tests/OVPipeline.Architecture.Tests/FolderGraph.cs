using System.Text;

namespace OVPipeline.Architecture.Tests;

/// <summary>Folders of one project that stand on each other, and the uses that make it so.</summary>
internal sealed record FolderCircle(IReadOnlyList<string> Folders, string Explanation);

/// <summary>
/// Which folder of a project stands on which. A folder is the directory of a file, and a nested one counts as its own: Fitting and
/// Fitting/Bounded may stand on each other in one direction only, as any two folders may. Seen from outside, a folder is one thing with
/// all that is nested in it: of A and B one stands on the other, whichever nested parts the uses are between.
/// </summary>
/// <remarks>
/// So each folder is asked: of its nested folders, each taken whole, and its own files, does any stand on itself by way of others? A circle
/// anywhere shows at the innermost folder that holds all of it. The files beside the project file are the folder "." .
/// </remarks>
internal sealed class FolderGraph
{
    private readonly SortedSet<string> _folders = new(StringComparer.Ordinal);
    private readonly List<TypeUse> _uses;

    public FolderGraph(IEnumerable<string> files, IEnumerable<TypeUse> uses)
    {
        _folders.UnionWith(files.Select(FolderOf));
        _uses = [.. uses.Where(use => FolderOf(use.File) != FolderOf(use.TypeFile))];
    }

    /// <summary>The folders that stand on each other: one entry for each set of folders that are all above one another.</summary>
    public IReadOnlyList<FolderCircle> Circles() =>
        [.. Levels().SelectMany(level => StandOnEachOther(UsesWithin(level)))];

    /// <summary>The folders from the top floor to the ground, each with the folders it uses.</summary>
    public string Map()
    {
        Dictionary<string, HashSet<string>> below = _folders.ToDictionary(
            folder => folder,
            folder => _uses.Where(use => FolderOf(use.File) == folder).Select(use => FolderOf(use.TypeFile)).ToHashSet());
        var text = new StringBuilder();
        foreach (var floor in _folders.GroupBy(folder => Height(folder, below, [])).OrderByDescending(floor => floor.Key))
        {
            text.Append("  floor ").Append(floor.Key).Append('\n');
            foreach (string folder in floor)
            {
                string used = Sorted(below[folder]);
                text.Append("    ").Append(folder).Append(used.Length == 0 ? "" : " -> ").Append(used).Append('\n');
            }
        }
        return text.ToString();
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(file) is { Length: > 0 } folder ? folder.Replace('\\', '/') : ".";

    /// <summary>Every folder that holds a folder, as the beginning of its files' paths: "" is the project.</summary>
    private IEnumerable<string> Levels() => _folders
        .SelectMany(folder => folder.Split('/').SkipLast(1).Index().Select(part => folder[..(NthSlash(folder, part.Index) + 1)]))
        .Append("")
        .Distinct()
        .Order(StringComparer.Ordinal);

    private static int NthSlash(string folder, int n)
    {
        int at = -1;
        for (int i = 0; i <= n; i++)
            at = folder.IndexOf('/', at + 1);
        return at;
    }

    /// <summary>Uses between the parts of a folder: (its own files | a nested folder whole) -> the same.</summary>
    private ILookup<(string From, string To), TypeUse> UsesWithin(string level) => _uses
        .Where(use => use.File.StartsWith(level, StringComparison.Ordinal) && use.TypeFile.StartsWith(level, StringComparison.Ordinal))
        .Where(use => PartOf(level, use.File) != PartOf(level, use.TypeFile))
        .ToLookup(use => (PartOf(level, use.File), PartOf(level, use.TypeFile)));

    private static string PartOf(string level, string file)
    {
        int end = file.IndexOf('/', level.Length);
        if (end >= 0)
            return file[..end];
        return level.Length == 0 ? "." : level[..^1];
    }

    private static IEnumerable<FolderCircle> StandOnEachOther(ILookup<(string From, string To), TypeUse> uses)
    {
        ILookup<string, string> next = uses.ToLookup(edge => edge.Key.From, edge => edge.Key.To);
        string[] nodes = [.. uses.SelectMany(edge => new[] { edge.Key.From, edge.Key.To }).Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, HashSet<string>> reached = nodes.ToDictionary(node => node, node => ReachedFrom(node, next));
        foreach (var circle in nodes
            .Where(node => reached[node].Contains(node))
            .GroupBy(node => nodes.First(other => reached[node].Contains(other) && reached[other].Contains(node))))
        {
            string[] folders = [.. circle];
            yield return new(folders, Explain(folders, uses));
        }
    }

    private static HashSet<string> ReachedFrom(string start, ILookup<string, string> next)
    {
        HashSet<string> reached = [];
        Queue<string> open = new([start]);
        while (open.TryDequeue(out string? node))
            foreach (string other in next[node].Where(reached.Add))
                open.Enqueue(other);
        return reached;
    }

    private static string Explain(string[] folders, ILookup<(string From, string To), TypeUse> uses)
    {
        var text = new StringBuilder($"{string.Join(", ", folders)} stand on each other:\n");
        foreach (var edge in uses
            .Where(edge => folders.Contains(edge.Key.From) && folders.Contains(edge.Key.To))
            .OrderBy(edge => edge.Key))
        {
            text.Append("  ").Append(edge.Key.From).Append(" uses ").Append(edge.Key.To).Append(": ");
            IEnumerable<string> types = edge
                .GroupBy(use => use.Type)
                .OrderBy(type => type.Key, StringComparer.Ordinal)
                .Select(type => $"{type.Key} in {Sorted(type.Select(use => use.File))}");
            text.AppendJoin("; ", types).Append('\n');
        }
        return text.ToString();
    }

    private static string Sorted(IEnumerable<string> names) => string.Join(", ", names.Distinct().Order(StringComparer.Ordinal));

    /// <summary>The floor of a folder: 0 where it uses none, else one above the highest it uses. Within a circle it means little.</summary>
    private static int Height(string folder, Dictionary<string, HashSet<string>> below, HashSet<string> above)
    {
        if (!above.Add(folder))
            return 0;
        int height = below[folder].Select(used => 1 + Height(used, below, above)).DefaultIfEmpty(0).Max();
        above.Remove(folder);
        return height;
    }
}
