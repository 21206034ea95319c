using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// MPT: one tensor for queries, keys and values, layer norms without biases, tied embeddings, ALiBi or learned positions.
/// </summary>
internal sealed class MptLayout : DecoderLayout
{
    /// <inheritdoc/>
    public override string Name => "MPT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["mpt"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["transformer.", "model.transformer.", ""];

    /// <inheritdoc/>
    protected override DecoderNames Names => new()
    {
        Embedding = "wte",
        Layers = "blocks",
        Attention = new QueryKeyValue.ByPart("attn.Wqkv"),
        Output = "attn.out_proj",
        Norm = "norm_1",
        FinalNorm = "norm_f",
        Mlp = new("ffn.up_proj", "ffn.down_proj"),
        MlpNorm = "norm_2",
    };

    /// <inheritdoc/>
    protected override DecoderNames NamesIn(CheckpointParts parts) =>
        UsesAlibi(parts.Config) ? Names : Names with { Positions = "wpe" };

    /// <inheritdoc/>
    protected override int KeyValueHeads(CheckpointParts parts, TransformerConfig config)
    {
        var attention = Attention(parts.RequireConfig(Name));
        return attention?.TrySize("kv_n_heads") ?? (attention?.Text("attn_type") == "multiquery_attention" ? 1 : config.Heads);
    }

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.RequireConfig(Name);
        var attention = Attention(file);
        if (attention?.Flag("rope") == true)
            throw new CheckpointException(attention.Path, "rope", "rotary positions of this family are not covered.");
        string? norms = attention?.Flag("qk_ln") == true ? "attn_config.qk_ln true" : null;
        string? prefix = attention?.Flag("prefix_lm") == true ? "attn_config.prefix_lm true" : null;
        string?[] notRun = [norms, prefix];
        return Sizes(parts, "n_layers", "n_heads", "d_model", "max_seq_len", "LN", UsesAlibi(file) ? "alibi" : "standard") with
        {
            AttentionScale = attention?.Positive("softmax_scale") is { } scale ? 1 / scale : null,
            NotRun = string.Join(", ", notRun.OfType<string>()) is { Length: > 0 } all ? all : null,
            NotInLogits = attention?.Positive("clip_qkv") is { } limit ? Field("clip_qkv", limit) : null,
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config)
    {
        foreach (var need in base.Needs(parts, config))
            yield return need;
        var attention = Attention(parts.RequireConfig(Name));
        if (attention?.Positive("clip_qkv") is { } limit)
            yield return new(ForwardFeature.ClippedProjections) { Value = limit };
        if (attention?.Flag("qk_ln") == true)
            yield return new(ForwardFeature.QueryKeyNorm);
        if (attention?.Flag("prefix_lm") == true)
            yield return new(ForwardFeature.Other) { Kind = "attn_config.prefix_lm true" };
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config) =>
        new[] { config.NotInLogits, config.NotRun }.OfType<string>().Select(fields => $"{fields} is not applied");

    private static ModelConfigFile? Attention(ModelConfigFile file) => file.Part("attn_config");

    // MptAttentionConfig: alibi is true where a file leaves it out.
    private static bool UsesAlibi(ModelConfigFile? file) => (file is null ? null : Attention(file)?.Flag("alibi")) ?? true;

    private static string Field(string name, double value) =>
        string.Create(CultureInfo.InvariantCulture, $"attn_config.{name} {value}");

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override string? UsualActivation => "gelu"; // nn.GELU in MptMLP

    /// <inheritdoc/>
    protected override string[] ActivationFields => [];

    /// <inheritdoc/>
    protected override int? MlpWidth(ModelConfigFile file) => null;

    /// <inheritdoc/>
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        var attention = Attention(parts.RequireConfig(Name));
        return forward with
        {
            AlibiMaximum = attention?.Positive("alibi_bias_max") ?? 8,
            ProjectionLimit = attention?.Positive("clip_qkv"),
        };
    }
}
