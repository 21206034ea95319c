using System.Globalization;
using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>A model in several GGUF files, <c>name-00001-of-00003.gguf</c>: the first has the metadata, all have tensors.</summary>
internal static partial class GgufSplit
{
    private const string Count = "split.count", Number = "split.no", Tensors = "split.tensors.count";

    /// <summary>Whether a file of this name is a part other than the first.</summary>
    public static bool IsLaterPart(string path) =>
        PartName().Match(Path.GetFileName(path)) is { Success: true } match && match.Groups["part"].Value != "00001";

    /// <summary>The files of the model that a file is of, in order; null where it is alone.</summary>
    /// <exception cref="CheckpointException">Its name does not tell the others'.</exception>
    public static IReadOnlyList<string>? Parts(string path, GgufMetadata metadata)
    {
        if (metadata.Integer(Count) is null or 0 or 1)
            return null;
        long count = metadata.Integer(Count)!.Value;
        var match = PartName().Match(Path.GetFileName(path));
        if (!match.Success || match.Groups["count"].Value != count.ToString("D5", CultureInfo.InvariantCulture))
        {
            throw new CheckpointException(path, Count, $"is one of {count} files, but its name does not tell the others': "
                + $"it must end in -0000N-of-{count:D5}.gguf.");
        }
        string folder = Path.GetDirectoryName(path) ?? "";
        return [.. Enumerable.Range(1, (int)count).Select(part => Path.Combine(folder,
            string.Create(CultureInfo.InvariantCulture, $"{match.Groups["name"].Value}-{part:D5}-of-{count:D5}.gguf")))];
    }

    /// <summary>Checks that parts are what their names say.</summary>
    /// <exception cref="CheckpointException">They are not.</exception>
    public static void Check(IReadOnlyList<string> paths, IReadOnlyList<GgufMetadata> parts, int tensors)
    {
        for (int i = 0; i < parts.Count; i++)
            if (parts[i].Integer(Number) is { } number && number != i)
            {
                throw new CheckpointException(paths[i], Number,
                    $"says that it is part {(Int128)number + 1} of the model; by its name it is {i + 1}.");
            }
        if (parts[0].Integer(Tensors) is { } told && told != tensors)
            throw new CheckpointException(paths[0], Tensors, $"tells of {told} tensors in all files together; they have {tensors}.");
    }

    [GeneratedRegex(@"^(?<name>.+)-(?<part>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf$", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
