using System.Security.Cryptography;
using OVPipeline.Checkpoints;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>How often each token occurs in a text.</summary>
/// <param name="ById">A count for each token.</param>
/// <param name="Source">What text, in words; or why there are no counts.</param>
internal sealed record TokenCounts(IReadOnlyList<long> ById, string Source)
{
    /// <summary>Tokens counted.</summary>
    public long Total { get; } = ById.Sum();

    /// <summary>Counts a model's tokens in the texts (*.txt) of a folder, line by line.</summary>
    public static TokenCounts OfFolder(string? folder, TransformerCheckpoint model, CancellationToken cancellationToken)
    {
        if (model.Tokenizer is not { } tokenizer)
            return new([], "the model has no tokenizer");
        string[] files = FilesOf(folder);
        if (files.Length == 0)
            return new([], folder is null ? "no text was given" : $"there is no text (*.txt) in {folder}");
        var counts = new long[model.Vocabulary.Count];
        foreach (string file in files)
            foreach (string line in File.ReadLines(file))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (line.Length > 0)
                    foreach (int id in tokenizer.EncodeToIds(line))
                        if ((uint)id < (uint)counts.Length)
                            counts[id]++;
            }
        return new(counts, $"{files.Length} texts of {counts.Sum():N0} tokens");
    }

    /// <summary>A digest of the texts of a folder; null where there are none.</summary>
    public static string? DigestOf(string? folder)
    {
        string[] files = FilesOf(folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return files.Length == 0 ? null : Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    private static string[] FilesOf(string? folder) =>
        folder is not null && Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
}
