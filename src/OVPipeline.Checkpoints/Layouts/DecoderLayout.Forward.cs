using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

// What a forward pass needs.
internal abstract partial class DecoderLayout
{
    /// <summary>What its neurons pass where config.json does not say; null where it must.</summary>
    protected virtual string? UsualActivation => null;

    /// <summary>The fields that may say what neurons pass, the first that is set first.</summary>
    protected virtual string[] ActivationFields => ["hidden_act"];

    /// <summary>The number of neurons by config.json; null where it does not say.</summary>
    protected virtual int? MlpWidth(ModelConfigFile file) => file.TrySize("intermediate_size");

    /// <summary>What of the family goes beyond MLPs, rotary positions, grouped queries and norms of queries and keys.</summary>
    protected virtual ForwardConfig Complete(ForwardReader reader, CheckpointParts parts, TransformerConfig config,
        ForwardConfig forward) => forward;

    /// <inheritdoc/>
    public override ForwardFacts? Forward(CheckpointParts parts, TransformerConfig config)
    {
        if (RunTypes.Count == 0 || (parts.Config?.ModelType is { } type && ModelTypes.Count > 0 && !RunTypes.Contains(type)))
            return null;
        var reader = new ForwardReader(parts.Config);
        int groups = KeyValueHeads(parts, config);
        var forward = new ForwardConfig
        {
            Mlp = Mlp(reader, parts, config),
            ParallelMlp = parts.Config is { } file && IsParallel(file),
            Rotary = config.PositionalEmbedding == "rotary" ? RotaryFields.Of(reader, config, Rotary(parts.Config)) : null,
            KeyValueHeads = groups == config.Heads ? null : groups,
            QueryKeyNorm = new DecoderBlock(parts, config, NamesIn(parts), FindPrefix(parts) ?? "", 0).QueryKeyNorm,
        };
        if (forward.QueryKeyNorm != QueryKeyNormKind.None)
            reader.Follow("use_qk_norm", "qk_layernorm", "qk_norm");
        return reader.Facts(Complete(reader, parts, config, forward));
    }

    private MlpConfig? Mlp(ForwardReader reader, CheckpointParts parts, TransformerConfig config)
    {
        if (NamesIn(parts).Mlp is not { } mlp || reader.Activation(ActivationFields, UsualActivation) is not { } activation)
            return null;
        int? said = parts.Config is { } file ? MlpWidth(file) : null;
        int width = said ?? StoredWidth(parts, mlp) ?? 4 * config.DModel; // four times d_model only names what is missing
        foreach (string module in NamesIn(parts).NeedsBiases ? new[] { mlp.In, mlp.Out } : [])
            if (parts.Tensors.Contains(Layer(parts, 0, $"{module}.weight")) && !parts.Tensors.Contains(Layer(parts, 0, $"{module}.bias")))
                reader.Refuse($"{Layer(parts, 0, $"{module}.bias")}, which is missing");
        return new(width, activation, mlp.Gate is not null);
    }

    private int? StoredWidth(CheckpointParts parts, MlpNames mlp)
    {
        bool outputs = NamesIn(parts).InputsFirst;
        if (parts.Tensors.Find(Layer(parts, 0, $"{mlp.In}.weight"))?.Info.Shape is [_, _] into)
            return Size(into[outputs ? 1 : 0] / (mlp.IsFused ? 2 : 1));
        return parts.Tensors.Find(Layer(parts, 0, $"{mlp.Out}.weight"))?.Info.Shape is [_, _] from ? Size(from[outputs ? 0 : 1]) : null;

        static int? Size(long size) => size is > 0 and <= int.MaxValue / 2 ? (int)size : null;
    }

    private string Layer(CheckpointParts parts, int layer, string name) => InLayer(parts, Names.Layers, layer, name);
}
