using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>A decoder of Hugging Face's kind, described by its names: most families differ in nothing else.</summary>
internal abstract class DecoderLayout : HuggingFaceLayout
{
    /// <summary>The names, as far as the family alone tells them.</summary>
    protected abstract DecoderNames Names { get; }

    /// <summary>The names in a checkpoint.</summary>
    protected virtual DecoderNames NamesIn(CheckpointParts parts) => Names;

    /// <inheritdoc/>
    public override string Mark => $"{Names.Layers}.0.{Names.Attention.Mark}.weight";

    /// <summary>Whether projections, output and norms of its first layer are there.</summary>
    public override bool HasNames(CheckpointParts parts) =>
        base.HasNames(parts) && Needed(parts).All(name => parts.Tensors.Contains(name));

    /// <inheritdoc/>
    public override string Missing(CheckpointParts parts) =>
        FindPrefix(parts) is null ? Mark : Needed(parts).FirstOrDefault(name => !parts.Tensors.Contains(name)) ?? Mark;

    // What tells a layout from others whose projections have the same names.
    private IEnumerable<string> Needed(CheckpointParts parts)
    {
        var names = NamesIn(parts);
        yield return InLayer(parts, names.Layers, 0, $"{names.Output}.weight");
        if (names.Norm is not null)
            yield return InLayer(parts, names.Layers, 0, $"{names.Norm}.weight");
        if (names.FinalNorm is not null)
            yield return Full(parts, $"{names.FinalNorm}.weight");
    }

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) =>
        InLayer(parts, Names.Layers, layer, $"{Names.Attention.Mark}.weight");

    /// <summary>Heads of keys and values.</summary>
    /// <exception cref="CheckpointException">The query heads are no multiple of them.</exception>
    protected virtual int KeyValueHeads(CheckpointParts parts, TransformerConfig config) =>
        TrySize(parts.RequireConfig(Name), "num_key_value_heads") ?? config.Heads;

    /// <summary>What values of the embedding are multiplied by where they enter the residual stream.</summary>
    protected virtual float EmbeddingScale(TransformerConfig config) => 1;

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

    /// <inheritdoc/>
    protected override int? StoredVocabulary(CheckpointParts parts) =>
        parts.Tensors.Find(Full(parts, $"{NamesIn(parts).Embedding}.weight"))?.Info.Shape is [> 0 and <= int.MaxValue and var rows, _]
            ? (int)rows
            : null;

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config)
    {
        int groups = KeyValueHeads(parts, config);
        return groups == config.Heads
            ? base.Needs(parts, config)
            : base.Needs(parts, config).Append(new(ForwardFeature.GroupedQueries) { Value = groups });
    }

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        var names = NamesIn(parts);
        (long v, long d) = (config.Vocabulary, config.DModel);
        return kind switch
        {
            WeightKind.W_E => Embedding(parts, config, $"{names.Embedding}.weight", HeadName(parts, names.Unembedding, "weight")) with
            {
                Scale = EmbeddingScale(config),
            },
            WeightKind.W_pos => names.Positions is null || config.Context == 0 ? null : Positions(),
            WeightKind.W_U => Unembedding(parts, config, $"{names.Embedding}.weight", HeadName(parts, names.Unembedding, "weight")),
            WeightKind.b_U => parts.TryView(HeadName(parts, names.Unembedding, "bias"), v),
            WeightKind.W_Q => Projection(HeadPart.Query),
            WeightKind.W_K => Projection(HeadPart.Key),
            WeightKind.W_V => Projection(HeadPart.Value),
            WeightKind.W_O => OutputWeight(),
            WeightKind.b_Q => ProjectionBias(HeadPart.Query),
            WeightKind.b_K => ProjectionBias(HeadPart.Key),
            WeightKind.b_V => ProjectionBias(HeadPart.Value),
            WeightKind.b_O => Bias(Layer(names.Output), d),
            WeightKind.ln1_w => Gains(Layer(names.Norm)),
            WeightKind.ln1_b => NormBias(config.Normalization, Layer(names.Norm)),
            WeightKind.ln_final_w => Gains(Outer(names.FinalNorm)),
            WeightKind.ln_final_b => NormBias(config.FinalNormalization, Outer(names.FinalNorm)),
            _ when kind > WeightKind.ln_final_b && config.Forward is not null =>
                new DecoderBlock(parts, config, names, FindPrefix(parts) ?? "", head.Layer).Map(kind, head.Head),
            _ => null,
        };

        string? Layer(string? name) => name is null ? null : InLayer(parts, names.Layers, head.Layer, name);

        string? Outer(string? name) => name is null ? null : Full(parts, name);

        TensorView Positions()
        {
            long rows = config.Context + (long)names.PaddingPositions;
            return parts.View(Full(parts, $"{names.Positions}.weight"), rows, d).Slice(0, names.PaddingPositions, config.Context);
        }

        TensorView Projection(HeadPart part)
        {
            var range = names.Attention.Of(part, Sizes(parts, config), head.Head);
            string name = Layer($"{range.Tensor}.weight")!;
            return names.InputsFirst
                ? parts.View(name, d, range.Outputs).Slice(1, range.From, config.DHead)
                : parts.View(name, range.Outputs, d).Outputs(range.From, config.DHead);
        }

        TensorView? ProjectionBias(HeadPart part)
        {
            var range = names.Attention.Of(part, Sizes(parts, config), head.Head);
            return Bias(Layer(range.Tensor), range.Outputs)?.Slice(0, range.From, config.DHead);
        }

        TensorView OutputWeight()
        {
            (long at, long inputs, string name) =
                (head.Head * (long)config.DHead, config.Heads * (long)config.DHead, Layer($"{names.Output}.weight")!);
            return names.InputsFirst
                ? parts.View(name, inputs, d).Slice(0, at, config.DHead)
                : parts.View(name, d, inputs).Inputs(at, config.DHead);
        }

        TensorView? Bias(string? module, long size) =>
            names.NeedsBiases ? parts.View($"{module}.bias", size) : parts.TryView($"{module}.bias", size);

        TensorView? Gains(string? norm) => norm is null ? null : parts.View($"{norm}.weight", d) with { Shift = names.GainShift };

        TensorView? NormBias(string? kind, string? norm) => norm is null || !NormalizationKinds.Centers(kind) ? null : Bias(norm, d);
    }

    private HeadSizes Sizes(CheckpointParts parts, TransformerConfig config)
    {
        int groups = KeyValueHeads(parts, config);
        return groups > 0 && config.Heads % groups == 0
            ? new(config.Heads, groups, config.DHead)
            : throw new CheckpointException(parts.Config?.Path ?? parts.Tensors.File, "num_key_value_heads",
                $"num_attention_heads {config.Heads} is no multiple of {groups}.");
    }
}
