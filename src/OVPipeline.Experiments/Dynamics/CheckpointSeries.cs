using System.Globalization;
using System.Text.RegularExpressions;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Checkpoints of a training: files or folders of a folder, named by the tokens seen, as <c>tokens-005M.safetensors</c>.</summary>
public sealed partial class CheckpointSeries
{
    private CheckpointSeries(IReadOnlyList<CheckpointAt> checkpoints) => Checkpoints = checkpoints;

    /// <summary>By tokens seen, ascending.</summary>
    public IReadOnlyList<CheckpointAt> Checkpoints { get; }

    /// <summary>Finds the checkpoints of a folder; none where there is no such folder, or it is null.</summary>
    public static CheckpointSeries In(string? folder)
    {
        if (folder is null || !Directory.Exists(folder))
            return new([]);
        return new(
        [
            .. from path in Directory.EnumerateFileSystemEntries(folder)
               where Directory.Exists(path) || path.EndsWith(".safetensors", StringComparison.Ordinal)
               let tokens = TokensOf(Path.GetFileName(path))
               where tokens is not null
               orderby tokens
               select new CheckpointAt(tokens.Value, path),
        ]);
    }

    /// <summary>The tokens that a name tells, or null.</summary>
    /// <param name="name">A file's or folder's name, as <c>tokens-0.5M.safetensors</c> or <c>tokens-000012345678</c>.</param>
    public static long? TokensOf(string name)
    {
        if (Name().Match(name) is not { Success: true } match
            || !double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            return null;
        }
        double unit = match.Groups[2].Value switch { "K" => 1e3, "M" => 1e6, "G" => 1e9, _ => 1 };
        return (long)Math.Round(number * unit);
    }

    /// <summary>Loads a checkpoint. Where the model's norms are held, its are at the scales of its own lone embeddings.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="of">The model that the training ended in.</param>
    /// <exception cref="CheckpointException">It cannot be read, or is of another shape than the model.</exception>
    public static TransformerCheckpoint Load(string path, TransformerWeights of)
    {
        ArgumentNullException.ThrowIfNull(of);
        var scales = of.NormScales is null ? NormScaleSource.None : NormScaleSource.LoneEmbedding;
        var model = TransformerCheckpoint.Load(path, new CheckpointOptions { NormScales = scales });
        var config = model.Weights.Config;
        if (ShapeOf(config) == ShapeOf(of.Config))
            return model;
        throw new CheckpointException(path, null, $"is of another shape than {of.Config.Name}: it has {config.Layers} layers of "
            + $"{config.Heads} heads, d_model {config.DModel}, V {config.Vocabulary}, {config.OutputVocabulary} outputs.");

        static (int, int, int, int, int, int, int) ShapeOf(TransformerConfig config) =>
            (config.Layers, config.Heads, config.DModel, config.DHead, config.DValue, config.Vocabulary, config.OutputVocabulary);
    }

    [GeneratedRegex(@"^tokens-(\d+(?:\.\d+)?)([KMG]?)(?:\.safetensors)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}

/// <summary>A checkpoint of a training.</summary>
/// <param name="Tokens">Tokens trained on.</param>
/// <param name="Path">The file or folder.</param>
public sealed record CheckpointAt(long Tokens, string Path);
