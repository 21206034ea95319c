using Microsoft.ML.Tokenizers;
using OVPipeline.Checkpoints;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>How often each token occurs in a text.</summary>
/// <param name="ById">A count for each token.</param>
/// <param name="Source">What text, in words.</param>
internal sealed record TokenCounts(IReadOnlyList<long> ById, string Source)
{
    /// <summary>Tokens counted.</summary>
    public long Total => ById.Sum();

    /// <summary>Counts a model's tokens in the texts (*.txt) of a folder, line by line.</summary>
    /// <returns>The counts, or null and why there are none.</returns>
    public static (TokenCounts? Counts, string WhyNot) OfFolder(string? folder, TransformerCheckpoint model, CancellationToken cancellationToken)
    {
        if (model.Tokenizer is not { } tokenizer)
            return (null, "the model has no tokenizer");
        string[] files = folder is not null && Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0)
            return (null, folder is null ? "no text was given" : $"there is no text (*.txt) in {folder}");
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
        return (new(counts, $"{files.Length} texts of {counts.Sum():N0} tokens"), "");
    }
}
