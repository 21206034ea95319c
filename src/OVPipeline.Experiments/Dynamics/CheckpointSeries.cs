using System.Globalization;
using System.Text.RegularExpressions;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Checkpoints of a training: files or folders of a folder, named by the tokens seen, as <c>tokens-005M.safetensors</c>.</summary>
internal sealed partial class CheckpointSeries
{
    private CheckpointSeries(IReadOnlyList<(long Tokens, string Path)> checkpoints) => Checkpoints = checkpoints;

    /// <summary>Paths by tokens seen, ascending.</summary>
    public IReadOnlyList<(long Tokens, string Path)> Checkpoints { get; }

    /// <summary>Finds the checkpoints of a folder; none where there is no such folder.</summary>
    public static CheckpointSeries In(string? folder) => new(folder is null || !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateFileSystemEntries(folder).Where(path => Directory.Exists(path) || path.EndsWith(".safetensors", StringComparison.Ordinal))
            .Select(path => (Tokens: TokensOf(Path.GetFileName(path)), path)).Where(one => one.Tokens is not null).Select(one => (one.Tokens!.Value, one.path)).OrderBy(one => one.Value)]);

    /// <summary>The tokens that a name tells, or null.</summary>
    public static long? TokensOf(string name) => Name().Match(name) is { Success: true } match && double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
        ? (long)Math.Round(number * match.Groups[2].Value switch { "K" => 1e3, "M" => 1e6, "G" => 1e9, _ => 1 })
        : null;

    /// <summary>Loads a checkpoint. Where the model's norms are held, its are at the scales of its own lone embeddings.</summary>
    /// <exception cref="CheckpointException">It cannot be read, or is of another shape than the model.</exception>
    public static TransformerCheckpoint Load(string path, TransformerWeights of)
    {
        var like = of.Config;
        var scales = of.NormScales is null ? NormScaleSource.None : NormScaleSource.LoneEmbedding;
        var model = TransformerCheckpoint.Load(path, new CheckpointOptions { NormScales = scales });
        var config = model.Weights.Config;
        return (config.Layers, config.Heads, config.DModel, config.DHead, config.DValue, config.Vocabulary) == (like.Layers, like.Heads, like.DModel, like.DHead, like.DValue, like.Vocabulary) ? model
            : throw new CheckpointException(path, null, $"is of another shape than {like.Name}: it has {config.Layers} layers of {config.Heads} heads, d_model {config.DModel}, V {config.Vocabulary}.");
    }

    [GeneratedRegex(@"^tokens-(\d+(?:\.\d+)?)([KMG]?)(?:\.safetensors)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
