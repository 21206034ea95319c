
namespace OVPipeline.Core;

/// <summary>
/// Marks log-losses and norms of circuits that are not at the model's scale (<see cref="TransformerWeights.LogitsAtModelScale"/>),
/// and says why.
/// </summary>
public static class ScaleMark
{
    private const string Sign = "*", Between = "stand between these weights, at scales that are not held (--norm-scales)";

    /// <summary>
    /// What the mark means on a model, a sentence or two; null where its circuits are at its scale and nothing is marked.
    /// </summary>
    public static string? Sentence(TransformerWeights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return Sentence(weights.Config, weights.LogitsAtModelScale);
    }

    /// <summary>The same of an atlas.</summary>
    public static string? Sentence(HeadAtlas atlas)
    {
        ArgumentNullException.ThrowIfNull(atlas);
        return Sentence(atlas.Model, atlas.LogitsAtModelScale);
    }

    /// <summary>A heading with the mark.</summary>
    /// <param name="heading">The heading.</param>
    /// <param name="marked">Whether it gets it.</param>
    public static string Heading(string heading, bool marked = true) => marked ? $"{heading} {Sign}" : heading;

    /// <summary>
    /// Whether a figure depends on the scale of logits, by its name in files: log-losses of circuits, their norms and singular values.
    /// </summary>
    public static bool Concerns(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key is "norm" or "singular_value"
            || key.EndsWith("_norm", StringComparison.Ordinal)
            || key.Contains("log_loss", StringComparison.Ordinal);
    }

    /// <summary>
    /// A table with the mark on the columns that it concerns and the sentence in its note; its file says <c>no</c> in a column
    /// <c>at_model_scale</c>.
    /// </summary>
    /// <param name="table">The table.</param>
    /// <param name="sentence">What <see cref="Sentence(TransformerWeights)"/> gave; null leaves the table as it is.</param>
    public static ReportTable Of(ReportTable table, string? sentence)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (sentence is null || !table.Columns.Any(column => Concerns(column.Key)))
            return table;
        var columns = table.Columns.Select(column => !Concerns(column.Key)
            ? column
            : new ReportColumn(Heading(column.Name), column.Kind, column.Digits, column.Unit, column.Key) { Priority = column.Priority });
        return new(table.Id, table.Title, [.. columns], table.Rows)
        {
            Units = table.Units,
            Note = table.Note is null ? sentence : $"{table.Note} {sentence}",
            Exploratory = table.Exploratory,
            ShownRows = table.ShownRows,
            OffScale = true,
        };
    }

    private static string? Sentence(TransformerConfig config, bool atModelScale) => atModelScale
        ? null
        : $"{Sign} Not at the model's scale: {Why(config)}. Ranks and accuracies stand; log-losses and norms so marked mean nothing.";

    private static string Why(TransformerConfig config)
    {
        if (config.NotInLogits is { } missing)
            return $"what the model does to its logits is not all in these weights ({missing})";
        if (config.OtherNorm is { } norm)
            return $"{norm} is in no weight";
        return (config.Normalization ?? config.FinalNormalization) switch
        {
            TransformerConfig.UnknownNormalization => "nothing says which norms stand between these weights",
            "RMS" or "RMSPre" => $"RMS norms {Between}",
            _ => $"layer norms {Between}",
        };
    }
}
