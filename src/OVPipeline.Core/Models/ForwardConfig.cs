namespace OVPipeline.Core;

/// <summary>
/// What a forward pass of a model needs to know beside the sizes, norms, positions and scores of <see cref="TransformerConfig"/>. The
/// default is a model without MLPs, rotary positions, windows, caps and factors. Which norms and biases there are, weights tell.
/// </summary>
public sealed record ForwardConfig
{
    /// <summary>Its MLPs; null for none.</summary>
    public MlpConfig? Mlp { get; init; }

    /// <summary>
    /// Whether attention and MLP read the same residual stream and are added together (GPT-J, GPT-NeoX). Without
    /// <see cref="WeightKind.ln2_w"/> the MLP then reads what attention reads.
    /// </summary>
    public bool ParallelMlp { get; init; }

    /// <summary>Its rotary positions; null for none.</summary>
    public RotaryConfig? Rotary { get; init; }

    /// <summary>What the ALiBi slopes begin from: head h of H, from 1, has slope 2^(-maximum h / H). Default: 8.</summary>
    public double AlibiMaximum { get; init; } = 8;

    /// <summary>
    /// Whether ALiBi is Falcon's: slopes, keys' positions and their products are rounded to bfloat16, and divided by sqrt(d_head) as scores
    /// are. Default: false.
    /// </summary>
    public bool RoundedAlibi { get; init; }

    /// <summary>Heads of keys and values; null for as many as there are heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>
    /// By layer, how many of the nearest positions attention sees, its own included; 0 for all of them. Empty where all layers see all.
    /// </summary>
    public ValueList<int> Windows { get; init; } = [];

    /// <summary>
    /// Norms of queries and keys, before rotary positions unless <see cref="TurnsBeforeNorm"/>; their kind is that of the other norms.
    /// </summary>
    public QueryKeyNormKind QueryKeyNorm { get; init; }

    /// <summary>Whether norms of queries and keys stand after rotary positions (Hunyuan). Default: false.</summary>
    public bool TurnsBeforeNorm { get; init; }

    /// <summary>c of scores <c>c tanh(score / c)</c>; null for none.</summary>
    public double? ScoreCap { get; init; }

    /// <summary>c of logits <c>c tanh(logit / c)</c>; null for none.</summary>
    public double? LogitCap { get; init; }

    /// <summary>What queries, keys and values are clipped to, from both sides; null for none.</summary>
    public double? ProjectionLimit { get; init; }

    /// <summary>What embeddings are multiplied by where W_E is without it. Default: 1.</summary>
    public double EmbeddingFactor { get; init; } = 1;

    /// <summary>What attention and MLPs write is multiplied by. Default: 1.</summary>
    public double ResidualFactor { get; init; } = 1;

    /// <summary>What logits are multiplied by, before any cap. Default: 1.</summary>
    public double LogitFactor { get; init; } = 1;
}

/// <summary>
/// A model's MLPs: <c>act(x W_in + b_in) W_out + b_out</c>, or gated, <c>(act(x W_gate + b_gate) * (x W_in + b_in)) W_out + b_out</c>.
/// </summary>
/// <param name="Width">Neurons, d_mlp.</param>
/// <param name="Activation">What they pass.</param>
/// <param name="Gated">Whether they are gated.</param>
public sealed record MlpConfig(int Width, ActivationKind Activation, bool Gated = false);

/// <summary>What neurons of an MLP pass.</summary>
public enum ActivationKind
{
    /// <summary>x Phi(x) by the error function (<c>gelu</c>).</summary>
    Gelu,

    /// <summary>Its approximation by tanh (<c>gelu_new</c>, <c>gelu_pytorch_tanh</c>, <c>gelu_fast</c>).</summary>
    GeluTanh,

    /// <summary>x sigmoid(1.702 x) (<c>quick_gelu</c>).</summary>
    QuickGelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>max(x, 0)^2 (<c>relu2</c>).</summary>
    SquaredRelu,

    /// <summary>x sigmoid(x) (<c>silu</c>, <c>swish</c>).</summary>
    Silu,

    /// <summary>x softmax(x) over the neurons, then a layer norm (<c>solu_ln</c>), whose gain and bias a file may lack.</summary>
    SoluLN,
}

/// <summary>What of queries and keys is normalized together.</summary>
public enum QueryKeyNormKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Each head by itself.</summary>
    Head,

    /// <summary>All heads of a layer together (OLMo 2).</summary>
    Layer,
}
