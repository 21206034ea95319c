using System.Text.Json;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What a forward pass needs, as far as it shows in the same way in every family: in the names of tensors and common fields.
/// </summary>
internal static class FileNeeds
{
    private static readonly string[] s_activations = ["hidden_act", "hidden_activation", "activation_function", "act_fn"];
    private static readonly string[] s_experts = ["num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"];
    private static readonly string[] s_bases = ["rope_theta", "rotary_emb_base", "rotary_base"];
    private static readonly string[] s_shares = ["rotary_pct", "partial_rotary_factor", "rope_pct"];
    private static readonly string[] s_queryNorms =
        [".q_norm.", ".q_layernorm.", ".query_layernorm.", ".q_ln.", ".query_norm."];
    private static readonly string[] s_gates =
        [".gate_proj.", ".gate_up_proj.", ".W_gate", ".mlp.w1.", ".feed_forward.w1.", ".gate_and_up_proj."];

    /// <summary>They, in the order in which they are told.</summary>
    /// <param name="parts">The checkpoint.</param>
    /// <param name="config">Its sizes and kind.</param>
    /// <param name="rotary">Its rotary positions where nothing says.</param>
    public static IEnumerable<ForwardNeed> Of(CheckpointParts parts, TransformerConfig config, RotaryKind rotary)
    {
        if (!config.AttentionOnly)
            yield return Mlp(parts);
        foreach (var need in Positions(parts.Config, config, rotary))
            yield return need;
        if (Any(parts, s_queryNorms))
            yield return new(ForwardFeature.QueryKeyNorm);
        if (Any(parts, [".sinks"]))
            yield return new(ForwardFeature.AttentionSinks);
        if (config.PostNorm)
            yield return new(ForwardFeature.ResidualThroughNorm);
    }

    private static ForwardNeed Mlp(CheckpointParts parts)
    {
        var file = parts.Config;
        string? activation = s_activations.Select(field => TextOf(file, field)).FirstOrDefault(text => text is not null);
        int? experts = s_experts.Select(field => file?.TrySize(field)).FirstOrDefault(count => count is not null);
        if (experts > 1 || Any(parts, [".experts."]))
            return new(ForwardFeature.Experts) { Value = experts, Kind = activation };
        return new(Any(parts, s_gates) ? ForwardFeature.GatedMlp : ForwardFeature.Mlp) { Kind = activation };
    }

    private static IEnumerable<ForwardNeed> Positions(ModelConfigFile? file, TransformerConfig config, RotaryKind rotary)
    {
        if (config.PositionalEmbedding == "alibi")
            yield return new(ForwardFeature.Alibi);
        if (config.PositionalEmbedding == "relative_positional_bias")
            yield return new(ForwardFeature.RelativePositions);
        if (config.PositionalEmbedding == "sinusoidal")
            yield return new(ForwardFeature.SinusoidalPositions);
        if (config.PositionalEmbedding != "rotary")
            yield break;
        var scaling = file?.Part("rope_scaling") ?? file?.Part("rope_parameters");
        double turned = s_shares.Select(field => file?.Positive(field)).FirstOrDefault(part => part is not null) ?? rotary.Share;
        yield return new(ForwardFeature.RotaryPositions)
        {
            Value = file?.TrySize("rotary_dim") ?? Math.Floor(Math.Min(1, turned) * config.DHead),
        };
        double? said = s_bases.Select(field => file?.Positive(field)).FirstOrDefault(value => value is not null);
        yield return new(ForwardFeature.RotaryBase) { Value = said ?? scaling?.Positive("rope_theta") ?? rotary.Base };
        if ((file?.Positive("rope_local_base_freq") ?? file?.Positive("rotary_base_local") ?? rotary.LocalBase) is { } local)
            yield return new(ForwardFeature.RotaryLocalBase) { Value = local };
        if (file?.Flag("rotary_adjacent_pairs") ?? rotary.AdjacentPairs)
            yield return new(ForwardFeature.RotaryAdjacentPairs);
        if ((scaling?.Text("rope_type") ?? scaling?.Text("type")) is { } kind and not "default")
            yield return new(ForwardFeature.RotaryScaling) { Kind = kind };
    }

    private static string? TextOf(ModelConfigFile? file, string field) =>
        file?.Field(field) is { ValueKind: JsonValueKind.String } ? file.Text(field) : null;

    private static bool Any(CheckpointParts parts, string[] texts) =>
        parts.Tensors.Tensors.Any(tensor => texts.Any(text => tensor.Name.Contains(text, StringComparison.Ordinal)));
}
