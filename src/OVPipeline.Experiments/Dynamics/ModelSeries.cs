using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The checkpoints of the training that a model came from.</summary>
internal static class ModelSeries
{
    /// <summary>Finds them. Where the model's norms are held, theirs are at the scales of their own lone embeddings.</summary>
    /// <param name="options">Where they are, which of them, and what their files do not say.</param>
    /// <param name="of">The model that the training ended in.</param>
    /// <exception cref="CheckpointException">There is nothing of that name.</exception>
    public static CheckpointSeries Open(DynamicsOptions options, TransformerWeights of)
    {
        var scales = of.NormScales is null ? NormScaleSource.None : NormScaleSource.LoneEmbedding;
        var series = CheckpointSeries.Open(options.Checkpoints!, (options.Loading ?? new()) with { NormScales = scales });
        return options.Revisions is { } names ? series.Choose(names) : series;
    }

    /// <summary>A checkpoint's weights, alone.</summary>
    /// <exception cref="CheckpointException">It cannot be read, or is of another shape than the model.</exception>
    public static TransformerWeights Load(CheckpointSeries series, SeriesCheckpoint checkpoint, TransformerConfig of)
    {
        var weights = series.Load(checkpoint);
        var config = weights.Config;
        if (ShapeOf(config) == ShapeOf(of))
            return weights;
        throw new CheckpointException(checkpoint.Source, null, $"is of another shape than {of.Name}: it has {config.Layers} layers of "
            + $"{config.Heads} heads, d_model {config.DModel}, V {config.Vocabulary}, {config.OutputVocabulary} outputs.");

        static (int, int, int, int, int, int, int) ShapeOf(TransformerConfig config) =>
            (config.Layers, config.Heads, config.DModel, config.DHead, config.DValue, config.Vocabulary, config.OutputVocabulary);
    }

    /// <summary>What tells a checkpoint from another in its place: the sizes and times of its files; a revision is its own.</summary>
    public static string DigestOf(SeriesCheckpoint checkpoint)
    {
        if (!File.Exists(checkpoint.Source) && !Directory.Exists(checkpoint.Source))
            return checkpoint.Source;
        string[] files = File.Exists(checkpoint.Source) ? [checkpoint.Source] : Directory.GetFiles(checkpoint.Source);
        var infos = files.Order(StringComparer.Ordinal).Select(file => new FileInfo(file));
        return string.Join("+", infos.Select(file => $"{file.Length}@{file.LastWriteTimeUtc.Ticks}"));
    }

    /// <summary>A unit in words: "tokens", "steps" or "epochs".</summary>
    public static string Words(SeriesUnit unit) => unit switch
    {
        SeriesUnit.Tokens => "tokens",
        SeriesUnit.Steps => "steps",
        _ => "epochs",
    };
}
