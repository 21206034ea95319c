using System.Globalization;
using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>The norms of a model, by where they stand; null where there is none.</summary>
/// <param name="shape">The model.</param>
/// <param name="weight">Its parameters by name.</param>
internal sealed class ModelNorms(ModelShape shape, Func<string, Tensor> weight)
{
    private readonly TransformerConfig _config = shape.Config;

    /// <summary>Before a layer's attention; without gain and bias where these are W_V's and not W_Q's.</summary>
    public Norm? BeforeAttention(int layer) => HasPreNorms
        ? Of(_config.Normalization!, WeightKind.ln1_w, layer, shape.FoldedValueGains)
        : null;

    /// <summary>Before a layer's MLP; null too where the MLP reads what attention reads.</summary>
    public Norm? BeforeMlp(int layer)
    {
        bool shared = shape.Forward.ParallelMlp && HasGains(_config.Normalization) && !shape.Has(WeightKind.ln2_w);
        return HasPreNorms && !shared ? Of(_config.Normalization!, WeightKind.ln2_w, layer) : null;
    }

    /// <summary>After a layer's attention.</summary>
    public Norm? AfterAttention(int layer) =>
        IsFinal(layer) && shape.Forward.Mlp is null ? null : IfThere(WeightKind.ln1_post_w, layer);

    /// <summary>After a layer's MLP.</summary>
    public Norm? AfterMlp(int layer) => IsFinal(layer) ? null : IfThere(WeightKind.ln2_post_w, layer);

    /// <summary>After the embedding.</summary>
    public Norm? Embedding => IfThere(WeightKind.ln_embed_w, 0);

    /// <summary>Before the unembedding.</summary>
    public Norm? Final => _config.FinalNormalization is { } kind ? Of(kind, WeightKind.ln_final_w, 0, shape.FoldedValueGains) : null;

    /// <summary>Of queries or keys.</summary>
    public Norm? OfProjections(WeightKind gain, int layer) =>
        shape.Forward.QueryKeyNorm == QueryKeyNormKind.None ? null : Of(shape.NormKind!, gain, layer);

    /// <summary>Within a layer's MLP, where its activation has one: a layer norm in every model.</summary>
    public Norm? WithinMlp(int layer) =>
        shape.Forward.Mlp?.Activation == ActivationKind.SoluLN ? Of("LN", WeightKind.ln_mlp_w, layer) : null;

    // Where the stream itself passes the norms and no head follows, the last one stands before the unembedding, which may hold its gain.
    private bool IsFinal(int layer) => _config is { PostNorm: true, FinalNormalization: not null } && !shape.Has(WeightKind.W_head)
        && layer == _config.Layers - 1;

    private bool HasPreNorms => _config is { PostNorm: false, Normalization: not null };

    private Norm? IfThere(WeightKind gain, int layer) => shape.Has(gain) ? Of(shape.NormKind!, gain, layer) : null;

    private Norm Of(string kind, WeightKind gain, int layer, bool withoutGain = false)
    {
        var bias = Enum.Parse<WeightKind>(gain.ToString()[..^1] + "b");
        return new(kind is "LN" or "LNPre", _config.NormEpsilon, Weight(gain), Weight(bias));

        Func<Tensor>? Weight(WeightKind of)
        {
            if (withoutGain || !shape.Has(of))
                return null;
            string name = WeightNames.Of(of, layer);
            bool together = shape.Forward.QueryKeyNorm == QueryKeyNormKind.Layer && WeightNames.IsOfHeads(of);
            return together ? () => weight(name).flatten() : () => weight(name);
        }
    }

    private static bool HasGains(string? kind) => kind is "LN" or "RMS";
}
