using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The weights of a decoder that a forward pass needs beside those of attention and its norm. A model may lack any of them: what it cannot
/// run without, who runs it says.
/// </summary>
/// <param name="Parts">The checkpoint.</param>
/// <param name="Config">Its sizes, with what a forward pass needs to know.</param>
/// <param name="Names">What the family calls its modules.</param>
/// <param name="Prefix">What comes before every name.</param>
/// <param name="Number">The layer.</param>
internal readonly record struct DecoderBlock(CheckpointParts Parts, TransformerConfig Config, DecoderNames Names, string Prefix, int Number)
{
    private int Width => Config.Forward?.Mlp?.Width ?? 0;

    private int Groups => Config.Forward?.KeyValueHeads ?? Config.Heads;

    /// <summary>Where a weight lies; null where the model has none of the kind.</summary>
    /// <exception cref="CheckpointException">A tensor has a shape that the configuration contradicts.</exception>
    public TensorView? Map(WeightKind kind, int head)
    {
        int group = head / (Config.Heads / Groups);
        return kind switch
        {
            WeightKind.W_in => ToNeurons(Names.Mlp?.In, first: Names.Mlp?.IsFused == true ? Width : 0),
            WeightKind.W_gate => ToNeurons(Names.Mlp?.Gate, first: 0),
            WeightKind.W_out => FromNeurons(Names.Mlp?.Out),
            WeightKind.b_in => NeuronBias(Names.Mlp?.In, first: Names.Mlp?.IsFused == true ? Width : 0),
            WeightKind.b_gate => NeuronBias(Names.Mlp?.Gate, first: 0),
            WeightKind.b_out => Width == 0 ? null : Parts.TryView(InLayer($"{Names.Mlp?.Out}.bias"), Config.DModel),
            WeightKind.ln2_w => Gain(InLayer(Names.MlpNorm)),
            WeightKind.ln2_b => Bias(InLayer(Names.MlpNorm)),
            WeightKind.ln1_post_w => Gain(InLayer(Names.AttentionPostNorm)),
            WeightKind.ln1_post_b => Bias(InLayer(Names.AttentionPostNorm)),
            WeightKind.ln2_post_w => Gain(InLayer(Names.MlpPostNorm)),
            WeightKind.ln2_post_b => Bias(InLayer(Names.MlpPostNorm)),
            WeightKind.ln_embed_w => Gain(Outer(Names.EmbeddingNorm)),
            WeightKind.ln_embed_b => Bias(Outer(Names.EmbeddingNorm)),
            WeightKind.q_norm_w => OfHead(Names.QueryNorm, "weight", Config.Heads, head, Names.GainShift),
            WeightKind.q_norm_b => OfHead(Names.QueryNorm, "bias", Config.Heads, head, 0),
            WeightKind.k_norm_w => OfHead(Names.KeyNorm, "weight", Groups, group, Names.GainShift),
            WeightKind.k_norm_b => OfHead(Names.KeyNorm, "bias", Groups, group, 0),
            _ => null,
        };
    }

    /// <summary>What of queries and keys is normalized together, by the gains.</summary>
    public QueryKeyNormKind QueryKeyNorm
    {
        get
        {
            if (Names.QueryNorm is null)
                return QueryKeyNormKind.None;
            if (Parts.Tensors.Find(InLayer($"{Names.QueryNorm}.weight"))?.Info.Shape is not { } shape)
                return Parts.Tensors.Contains(OfOneHead(Names.QueryNorm, "weight", 0)) ? QueryKeyNormKind.Head : QueryKeyNormKind.None;
            return shape is [var size] && size != Config.DHead ? QueryKeyNormKind.Layer : QueryKeyNormKind.Head;
        }
    }

    private string Outer(string? module) => module is null ? "" : Prefix + module;

    private string InLayer(string? name) =>
        name is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Names.Layers}.{Number}.{name}");

    private string OfOneHead(string module, string part, int head) =>
        InLayer(string.Create(CultureInfo.InvariantCulture, $"{module}.norms.{head}.{part}"));

    private int Outputs => Names.Mlp?.IsFused == true ? 2 * Width : Width;

    // [d_model, d_mlp] of neurons that begin at the first.
    private TensorView? ToNeurons(string? module, int first)
    {
        if (module is null || Width == 0)
            return null;
        string name = InLayer($"{module}.weight");
        return Names.InputsFirst
            ? Parts.TryView(name, Config.DModel, Outputs)?.Slice(1, first, Width)
            : Parts.TryView(name, Outputs, Config.DModel)?.Outputs(first, Width);
    }

    private TensorView? NeuronBias(string? module, int first) =>
        module is null || Width == 0 ? null : Parts.TryView(InLayer($"{module}.bias"), Outputs)?.Slice(0, first, Width);

    private TensorView? FromNeurons(string? module)
    {
        if (module is null || Width == 0)
            return null;
        string name = InLayer($"{module}.weight");
        return Names.InputsFirst
            ? Parts.TryView(name, Width, Config.DModel)
            : Parts.TryView(name, Config.DModel, Width)?.Transpose();
    }

    private TensorView? Gain(string norm) => Parts.TryView($"{norm}.weight", Config.DModel) is { } gain ? Shifted(gain) : null;

    private TensorView? Bias(string norm) => Parts.TryView($"{norm}.bias", Config.DModel);

    private TensorView Shifted(TensorView gain) => gain with { Shift = Names.GainShift };

    // One for all heads, one for each in a tensor of its own (StableLM), in a matrix (Cohere) or one after the other (OLMo 2).
    private TensorView? OfHead(string? module, string part, int heads, int head, float shift)
    {
        if (module is null)
            return null;
        (string name, int width) = (InLayer($"{module}.{part}"), Config.DHead);
        var view = Parts.Tensors.Find(name)?.Info.Shape switch
        {
            null => Parts.TryView(OfOneHead(module, part, head), width),
            [_, _] => Parts.View(name, heads, width).At(head),
            [var size] when size != width => Parts.View(name, heads * (long)width).Slice(0, head * (long)width, width),
            _ => Parts.View(name, width),
        };
        return view is null ? null : view with { Shift = shift };
    }
}
