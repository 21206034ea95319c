using System.Security.Cryptography;
using OVPipeline.Checkpoints;

namespace OVPipeline.Experiments;

/// <summary>How often each token occurs in a text.</summary>
/// <param name="ById">A count for each token.</param>
/// <param name="Source">What text, in words; or why there are no counts.</param>
public sealed record TokenCounts(IReadOnlyList<long> ById, string Source)
{
    /// <summary>Tokens counted.</summary>
    public long Total { get; } = ById.Sum();

    /// <summary>Counts a model's tokens in the training text of a folder.</summary>
    public static TokenCounts OfFolder(string? folder, TransformerCheckpoint model, CancellationToken cancellationToken)
    {
        if (ModelText.Missing(model, folder) is { } reason)
            return new([], reason);
        return Of(ModelText.Read(model, folder!, cancellationToken), model.Vocabulary.Count);
    }

    /// <summary>Counts the tokens of the training text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vocabulary">Tokens, V.</param>
    public static TokenCounts Of(ModelText text, int vocabulary)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(text.Counts(vocabulary), $"{text.Training.Count:N0} tokens of {text.TrainingSource}");
    }

    /// <summary>A digest of the texts of a folder; null where there are none.</summary>
    public static string? DigestOf(string? folder)
    {
        string[] files = ModelText.FilesOf(folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return files.Length == 0 ? null : Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
