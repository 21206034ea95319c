using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The shape of models that were trained with several value ranks: attention-only, all else but that rank the same.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Heads of a layer.</param>
/// <param name="DModel">Width of the residual stream.</param>
/// <param name="DHead">Rank of queries and keys.</param>
/// <param name="Vocabulary">Tokens, V.</param>
public sealed record ValueRankShape(int Layers, int Heads, int DModel, int DHead, int Vocabulary)
{
    /// <summary>A model's shape.</summary>
    public static ValueRankShape Of(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new(config.Layers, config.Heads, config.DModel, config.DHead, config.Vocabulary);
    }

    /// <summary>Whether a model is of this shape, so that what was found on such models is about its own.</summary>
    public bool Is(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.AttentionOnly && Of(config) == this;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Layers} layers of {Heads} heads, d_model {DModel}, d_head {DHead}, V {Vocabulary:N0}");
}
