using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Cohere's Command R: Llama's names behind layer norms without biases, tied embeddings, attention and MLP in parallel.</summary>
internal sealed class CohereLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "Cohere";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["cohere", "cohere2"];

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    protected override string Normalization => "LN";

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) => new(AdjacentPairs: true);

    /// <inheritdoc/>
    // Without a model type the names are Llama's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    protected override bool IsParallel(ModelConfigFile file) => true;

    /// <inheritdoc/>
    // Where config.json says it, the field itself is among those that circuits are without.
    public override TransformerConfig Configure(CheckpointParts parts) => base.Configure(parts) with
    {
        NotInLogits = parts.Config?.Field("logit_scale") is null ? "logit_scale 0.0625 of CohereConfig" : null,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    protected override DecoderNames Names => base.Names with { MlpNorm = null };

    /// <inheritdoc/>
    // Cohere2Config: one layer of four sees all positions, and has none of its own.
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        var scaled = forward with { LogitFactor = reader.Number("logit_scale", 0.0625) };
        if (reader.ModelType != "cohere2")
            return scaled;
        int pattern = reader.File?.TrySize("sliding_window_pattern") ?? 4;
        var windows = reader.Windows(config.Layers, reader.Width("sliding_window", 4096), layer => (layer + 1) % pattern != 0);
        int[] whole = [.. Enumerable.Range(0, config.Layers).Where(layer => windows.Count == 0 || windows[layer] == 0)];
        return scaled with
        {
            Windows = windows,
            Rotary = forward.Rotary is null ? null : forward.Rotary with { LayersWithout = new(whole) },
        };
    }
}
