using System.Security.Cryptography;
using System.Text.Json.Serialization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>How often each token occurs in a text.</summary>
/// <param name="ById">A count for each token.</param>
/// <param name="Source">What text, in words; or why there are no counts.</param>
public sealed record TokenCounts(IReadOnlyList<long> ById, string Source)
{
    /// <summary>Tokens counted.</summary>
    [JsonIgnore]
    public long Total { get; } = ById.Sum();

    /// <summary>Counts a model's tokens in the training text of a folder; no counts, and the reason, where there is no text.</summary>
    /// <param name="folder">The folder; null for none.</param>
    /// <param name="model">The model whose tokenizer is used.</param>
    /// <param name="cancellationToken">Stops within a file.</param>
    /// <exception cref="ArgumentException">There is too little text.</exception>
    public static TokenCounts OfFolder(string? folder, TransformerCheckpoint model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
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

    /// <summary>A digest of the texts of a folder, 16 hexadecimal digits; null where there are none.</summary>
    public static string? DigestOf(string? folder)
    {
        string[] files = ModelText.FilesOf(folder);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
            hash.AppendData(SHA256.HashData(RegularFile.ReadAllBytes(file)));
        return files.Length == 0 ? null : Convert.ToHexString(hash.GetHashAndReset())[..16];
    }
}
