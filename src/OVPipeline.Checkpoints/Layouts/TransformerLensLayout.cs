using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// TransformerLens' own names and shapes (HookedTransformer.state_dict). Sizes come from config.json in TransformerLens' terms, or, for
/// a bare file, from the shapes; <c>d_value</c>, the values' width where it is not d_head, is this project's. The buffers <c>mask</c>
/// and <c>IGNORE</c> are no weights and are never read.
/// </summary>
internal sealed class TransformerLensLayout : WeightLayout
{
    /// <inheritdoc/>
    public override string Name => "TransformerLens";

    /// <inheritdoc/>
    public override string Mark => "blocks.0.attn.W_V";

    /// <inheritdoc/>
    public override bool LeavesPositionsOpen => true;

    /// <inheritdoc/>
    public override bool AssumesPositions(CheckpointParts parts) => TransformerLensKind.AssumesPositions(parts);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Marks => [Mark, "blocks.0.attn._W_V"];

    /// <inheritdoc/>
    public override bool Matches(CheckpointParts parts) =>
        parts.Tensors.Contains(Mark) || parts.Tensors.Contains("blocks.0.attn._W_V");

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        long[] query = Shape(parts, "blocks.0.attn.W_Q", 3); // heads, d_model, d_head
        long[] embedding = Shape(parts, "embed.W_E", 2); // V, d_model
        long[] unembedding = Shape(parts, "unembed.W_U", 2); // d_model, V_out
        var file = parts.Config;
        int dHead = file?.TrySize("d_head") ?? Int(query[2]);
        int dValue = file?.TrySize("d_value") ?? ValueWidth(parts, dHead);
        var config = new TransformerConfig
        {
            Name = file?.Text("name") ?? file?.Text("model_name") ?? parts.Name,
            Layers = file?.SizeIfSet("n_layers")
                ?? Enumerable.Range(0, int.MaxValue).First(layer => !parts.Tensors.Contains(LayerMark(parts, layer))),
            Heads = file?.SizeIfSet("n_heads") ?? Int(query[0]),
            DModel = file?.TrySize("d_model") ?? Int(query[1]),
            DHead = dHead,
            Vocabulary = file?.SizeIfSet("d_vocab") ?? Int(embedding[0]),
            Context = file?.TrySize("n_ctx") ?? Positions(),
            AttentionOnly = TransformerLensKind.AttentionOnly(parts),
            Normalization = TransformerLensKind.Normalization(parts),
            OtherNorm = TransformerLensKind.OtherNorm(parts),
            NormEpsilon = file?.Positive("eps") ?? 1e-5,
            PositionalEmbedding = TransformerLensKind.Positions(parts),
            Bidirectional = TransformerLensKind.Bidirectional(file),
            AttentionScale = TransformerLensKind.AttentionScale(file, dHead),
            ScaleByInverseLayer = file?.Flag("scale_attn_by_inverse_layer_idx") ?? false,
        };
        config = TransformerLensTensors.WithWhatIsNotRead(config, parts.Tensors);
        if (TransformerLensKind.HasFinalRms(parts, config.Normalization))
            config = config with { FinalNormalization = config.Normalization == "LNPre" ? "RMSPre" : "RMS" };
        // W_U of another width tells of other outputs; a shape that is none of W_U is left to the check of shapes.
        int columns = unembedding[0] == config.DModel ? Int(unembedding[1]) : config.Vocabulary;
        int outputs = file?.SizeIfSet("d_vocab_out") ?? columns;
        if (outputs != config.Vocabulary)
            config = config with { OutputVocabulary = outputs };
        return dValue == dHead ? config : config with { DValue = dValue };

        int Positions() => parts.Tensors.Contains("pos_embed.W_pos") ? Int(Shape(parts, "pos_embed.W_pos", 2)[0]) : 0;

        int Int(long size) => size is > 0 and <= int.MaxValue
            ? (int)size
            : throw new CheckpointException(parts.Tensors.File, null, $"a size of {size} is no model's.");
    }

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => InLayer(layer, "attn.W_Q");

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        if (config.Normalization is "LNPre" or "RMSPre")
            yield return "the gains of the normalization were folded before the weights were stored";
        if (NormalizationKinds.HasGains(config.Normalization) && !parts.Tensors.Contains(InLayer(0, "ln1.w")))
            yield return $"config.json says {config.Normalization}, but the file holds no gains";
        if (config.OtherNorm is { } other)
            yield return $"{other} is in no weight";
        if (TransformerLensKind.PositionsNote(parts) is { } positions)
            yield return positions;
    }

    /// <inheritdoc/>
    public override ForwardFacts? Forward(CheckpointParts parts, TransformerConfig config) => TransformerLensForward.Of(parts, config);

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        (int v, int d, int h, int value, int heads) = (config.Vocabulary, config.DModel, config.DHead, config.DValue, config.Heads);
        int outputs = config.OutputVocabulary;
        return kind switch
        {
            WeightKind.W_E => parts.View("embed.W_E", v, d),
            WeightKind.W_pos => config.Context == 0 ? null : parts.TryView("pos_embed.W_pos", config.Context, d),
            WeightKind.W_U => parts.View("unembed.W_U", d, outputs),
            WeightKind.b_U => parts.TryView("unembed.b_U", outputs),
            WeightKind.W_Q => parts.View(InLayer(head.Layer, "attn.W_Q"), heads, d, h).At(head.Head),
            WeightKind.W_K => Grouped("W_K", d, h) ?? throw parts.Tensors.Missing(InLayer(head.Layer, "attn.W_K")),
            WeightKind.W_V => Grouped("W_V", d, value) ?? throw parts.Tensors.Missing(InLayer(head.Layer, "attn.W_V")),
            WeightKind.W_O => parts.View(InLayer(head.Layer, "attn.W_O"), heads, value, d).At(head.Head),
            WeightKind.b_Q => parts.TryView(InLayer(head.Layer, "attn.b_Q"), heads, h)?.At(head.Head),
            WeightKind.b_K => Grouped("b_K", h),
            WeightKind.b_V => Grouped("b_V", value),
            WeightKind.b_O => parts.TryView(InLayer(head.Layer, "attn.b_O"), d),
            WeightKind.ln1_w => parts.TryView(InLayer(head.Layer, "ln1.w"), d),
            WeightKind.ln1_b => parts.TryView(InLayer(head.Layer, "ln1.b"), d),
            WeightKind.ln_final_w => parts.TryView("ln_final.w", d),
            WeightKind.ln_final_b => parts.TryView("ln_final.b", d),
            WeightKind.ln_embed_w when config.PositionalEmbedding is not ("standard" or "unknown") => parts.TryView("embed.ln.w", d),
            WeightKind.ln_embed_b when config.PositionalEmbedding is not ("standard" or "unknown") => parts.TryView("embed.ln.b", d),
            _ => TransformerLensBlock.Map(parts, config, kind, InLayer(head.Layer, "")),
        };

        // Keys and values of grouped-query attention have an underscore, and fewer heads.
        TensorView? Grouped(string name, params long[] shape)
        {
            string grouped = InLayer(head.Layer, $"attn._{name}");
            if (parts.Tensors.Find(grouped) is not { } tensor)
                return parts.TryView(InLayer(head.Layer, $"attn.{name}"), [heads, .. shape])?.At(head.Head);
            long groups = tensor.Info.Shape.Count > 0 && tensor.Info.Shape[0] > 0 ? tensor.Info.Shape[0] : 1;
            return heads % groups == 0
                ? parts.View(grouped, [groups, .. shape]).At(head.Head / (heads / groups))
                : throw new CheckpointException(tensor.File.Path, grouped,
                    $"has {groups} heads, of which {heads} query heads are no multiple.");
        }
    }

    private static string InLayer(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"blocks.{layer}.{name}");

    private static long[] Shape(CheckpointParts parts, string name, int dimensions)
    {
        var tensor = parts.Tensors.Find(name) ?? throw parts.Tensors.Missing(name);
        return tensor.Info.Shape.Count == dimensions
            ? [.. tensor.Info.Shape]
            : throw new CheckpointException(tensor.File.Path, name,
                $"has shape [{string.Join(", ", tensor.Info.Shape)}], of which {dimensions} dimensions are needed.");
    }

    // Where config.json is silent: a file of another value width tells it by the shapes of all its W_V.
    private static int ValueWidth(CheckpointParts parts, int dHead)
    {
        var shape = parts.Tensors.Find("blocks.0.attn.W_V")?.Info.Shape;
        return parts.Config?.TrySize("d_head") is null && shape is [_, _, > 0 and <= int.MaxValue and var width] ? (int)width : dHead;
    }
}
