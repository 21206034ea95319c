using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>What of a model's sizes the cost of a unit depends on. A plan needs no more of a model than this.</summary>
/// <param name="Layers">Layers.</param>
/// <param name="Heads">Heads of a layer.</param>
/// <param name="DModel">Width of the residual stream.</param>
/// <param name="DHead">Width of a head's values: the rank of its OV circuit.</param>
/// <param name="Vocabulary">Tokens, V.</param>
public sealed record ModelSizes(int Layers, int Heads, int DModel, int DHead, int Vocabulary)
{
    private const double BytesOfSingle = 4;

    /// <summary>The sizes of a configuration.</summary>
    public static ModelSizes Of(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new(config.Layers, config.Heads, config.DModel, config.DValue, config.Vocabulary);
    }

    /// <summary>Heads of all layers.</summary>
    public int AllHeads => Layers * Heads;

    /// <summary>Pairs of heads within a layer.</summary>
    public int PairsOfALayer => Heads * (Heads - 1) / 2;

    /// <summary>Bytes of what circuits are made of, in single precision: W_E, W_U and the heads' four matrices.</summary>
    public double Bytes => BytesOfSingle * DModel * ((2.0 * Vocabulary) + (4.0 * AllHeads * DHead));

    /// <summary>Bytes of W_E and W_U alone, which every unit holds; matrices of heads are read one by one.</summary>
    public double EmbeddingBytes => BytesOfSingle * DModel * 2.0 * Vocabulary;

    /// <summary>Heads by layer.</summary>
    internal IEnumerable<HeadIndex> HeadsOf(int layer) => Enumerable.Range(0, Heads).Select(head => new HeadIndex(layer, head));

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Layers} layers of {Heads} heads, d_model {DModel}, d_head {DHead}, V {Vocabulary:N0}");
}
