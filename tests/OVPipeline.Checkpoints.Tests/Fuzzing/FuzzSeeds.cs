namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// Every fixture as files to mutate: weights, indexes and configurations of every layout, archives of every kind, tokenizers.
/// </summary>
internal static class FuzzSeeds
{
    private const int LargestTokenizer = 40_000;
    private static readonly string[] s_tokenizers = ["tokenizer.json", "tokenizer.model", "vocab.json", "merges.txt"];

    public static IReadOnlyList<FuzzSeed> All() =>
    [
        .. Folders("Architectures").SelectMany(folder => Of(FuzzKind.Model, folder, _ => true)),
        .. Of(FuzzKind.Tensors, Repository.Fixture("Architectures"), _ => true, alone: true),
        .. Of(FuzzKind.Tensors, Repository.Fixture("PyTorch"), _ => true, alone: true),
        .. GgufSeeds.All(),
        .. Folders("ModelInFile").SelectMany(folder => Of(FuzzKind.Model, folder, _ => true)),
        .. BuiltSeeds.All(),
        .. Folders("Tokenizers").SelectMany(
            folder => Of(FuzzKind.Tokenizer, folder, file => s_tokenizers.Contains(file.Name) && file.Length < LargestTokenizer)),
    ];

    private static IEnumerable<string> Folders(string fixtures) =>
        Directory.GetDirectories(Repository.Fixture(fixtures)).Order(StringComparer.Ordinal);

    private static IEnumerable<FuzzSeed> Of(FuzzKind kind, string folder, Func<FileInfo, bool> include, bool alone = false)
    {
        var files = new DirectoryInfo(folder).GetFiles().Where(include).OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToDictionary(file => file.Name, file => File.ReadAllBytes(file.FullName));
        return files.Select(file => new FuzzSeed(kind, $"{kind}-{Path.GetFileName(folder)}", file.Key, file.Value,
            alone ? new Dictionary<string, byte[]>() : files.Where(other => other.Key != file.Key).ToDictionary()));
    }
}
