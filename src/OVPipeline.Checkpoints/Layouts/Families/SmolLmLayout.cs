using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Families of Llama's layout whose embeddings are tied where config.json does not say: SmolLM 3, MiniCPM, ERNIE 4.5.</summary>
internal sealed class SmolLmLayout : LlamaLayout
{
    /// <inheritdoc/>
    public override string Name => "SmolLM 3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["smollm3", "minicpm", "ernie4_5", "ernie4_5_moe"];

    /// <inheritdoc/>
    protected override RotaryKind Rotary(ModelConfigFile? file) =>
        new(Base: file?.ModelType == "smollm3" ? 2_000_000 : 10_000); // SmolLM3Config.rope_theta

    /// <inheritdoc/>
    protected override bool TiedByDefault => true;

    /// <inheritdoc/>
    // Without a model type the names are Llama's.
    public override bool Matches(CheckpointParts parts) => parts.Config?.ModelType is not null && base.Matches(parts);

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ["smollm3"];

    /// <inheritdoc/>
    // One layer of four has no positions where nothing says (SmolLM3Config.no_rope_layer_interval).
    protected override ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config, ForwardConfig forward)
    {
        int? width = reader.Flag("use_sliding_window", false) ? reader.Width("sliding_window") : null;
        bool[]? stored = reader.Switches("no_rope_layers", config.Layers);
        int interval = reader.File?.TrySize("no_rope_layer_interval") ?? 4;
        var windows = reader.Windows(config.Layers, width, layer => !Turned(layer));
        return forward with
        {
            Windows = windows,
            Rotary = forward.Rotary is null ? null : forward.Rotary with
            {
                LayersWithout = new(Enumerable.Range(0, config.Layers).Where(layer => !Turned(layer))),
            },
        };

        bool Turned(int layer) => stored?[layer] ?? (layer + 1) % interval != 0;
    }
}
