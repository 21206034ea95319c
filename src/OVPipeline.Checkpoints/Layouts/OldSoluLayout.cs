using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Neel Nanda's first SoLU models (<c>SoLU_*_old</c>): TransformerLens' names with <c>norm</c> for <c>ln</c>, and weights that multiply
/// from the left: <c>W_Q</c> [heads, d_head, d_model] and so on. Of 8 layers only W_pos is stored so, of more nothing; a shape tells, and
/// where a matrix is square the number of layers does (TransformerLens, <c>convert_neel_solu_old_weights</c>).
/// </summary>
internal sealed class OldSoluLayout : WeightLayout
{
    private const int LayersFromLeft = 6, LayersOfPositionsFromLeft = 8;

    /// <inheritdoc/>
    public override string Name => "TransformerLens (old SoLU)";

    /// <inheritdoc/>
    public override string Mark => "blocks.0.norm1.w";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Marks => [Mark, "blocks.0.attn.W_V"];

    /// <inheritdoc/>
    public override bool LeavesPositionsOpen => true;

    /// <inheritdoc/>
    public override bool AssumesPositions(CheckpointParts parts) => TransformerLensKind.AssumesPositions(parts);

    /// <inheritdoc/>
    public override bool Matches(CheckpointParts parts) =>
        Shape(parts, "blocks.0.attn.W_Q") is [_, _, _] && parts.Tensors.Contains("embed.W_E")
        && (HasNames(parts) || QueriesFromLeft(parts));

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.Config;
        bool left = QueriesFromLeft(parts);
        int layers = file?.SizeIfSet("n_layers")
            ?? Enumerable.Range(0, int.MaxValue).First(layer => !parts.Tensors.Contains(LayerMark(parts, layer)));
        var query = Shape(parts, "blocks.0.attn.W_Q")!; // heads, d_head and d_model, either way
        int width = file?.TrySize("d_model") ?? Int(query[left ? 2 : 1]);
        int dHead = file?.TrySize("d_head") ?? Int(query[left ? 1 : 2]);
        bool gains = parts.Tensors.Contains(Mark) && file?.Names("normalization") != true && file?.Names("normalization_type") != true;
        string? normalization = TransformerLensKind.Normalization(parts);
        return new TransformerConfig
        {
            Name = file?.Text("name") ?? file?.Text("model_name") ?? parts.Name,
            Layers = layers,
            Heads = file?.SizeIfSet("n_heads") ?? Int(query[0]),
            DModel = width,
            DHead = dHead,
            Vocabulary = file?.SizeIfSet("d_vocab") ?? Other("embed.W_E"),
            Context = file?.TrySize("n_ctx") ?? (parts.Tensors.Contains("pos_embed.W_pos") ? Other("pos_embed.W_pos") : 0),
            AttentionOnly = TransformerLensKind.AttentionOnly(parts),
            Normalization = gains ? "LN" : normalization,
            NormEpsilon = file?.Positive("eps") ?? 1e-5,
            PositionalEmbedding = TransformerLensKind.Positions(parts),
            Bidirectional = TransformerLensKind.Bidirectional(file),
            AttentionScale = TransformerLensKind.AttentionScale(file, dHead),
        };

        // The size of a matrix of d_model by something that is the something.
        int Other(string name) => Shape(parts, name) is [var rows, var columns]
            ? Int(columns == width ? rows : columns)
            : throw parts.Tensors.Missing(name);

        int Int(long size) => size is > 0 and <= int.MaxValue
            ? (int)size
            : throw new CheckpointException(parts.Tensors.File, null, $"a size of {size} is no model's.");
    }

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => InLayer(layer, "attn.W_Q");

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        if (QueriesFromLeft(parts))
            yield return "the weights are stored transposed, as those of Neel Nanda's first models are";
        if (TransformerLensKind.PositionsNote(parts) is { } positions)
            yield return positions;
    }

    /// <inheritdoc/>
    // All these models have SoLU with a norm after it, whatever their configuration leaves out.
    public override ForwardFacts? Forward(CheckpointParts parts, TransformerConfig config)
    {
        var reader = new ForwardReader(parts.Config);
        var stored = Shape(parts, "blocks.0.mlp.W_in");
        if (config.AttentionOnly || reader.Activation(["act_fn"], "solu_ln") is not { } activation)
            return reader.Facts(new());
        long width = stored is [> 0 and <= int.MaxValue and var rows, > 0 and <= int.MaxValue and var columns]
            ? (rows == config.DModel ? columns : rows)
            : 4L * config.DModel;
        return reader.Facts(new() { Mlp = new(parts.Config?.TrySize("d_mlp") ?? (int)width, activation) });
    }

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        (int v, int d, int h, int heads) = (config.Vocabulary, config.DModel, config.DHead, config.Heads);
        bool left = config.Layers <= LayersFromLeft;
        return kind switch
        {
            WeightKind.W_E => Matrix("embed.W_E", left, v, d),
            WeightKind.W_pos when config.Context > 0 =>
                Matrix("pos_embed.W_pos", config.Layers <= LayersOfPositionsFromLeft, config.Context, d),
            WeightKind.W_U => Matrix("unembed.W_U", left, d, v),
            WeightKind.b_U => parts.TryView("unembed.b_U", v),
            WeightKind.W_Q => OfHead("attn.W_Q", d, h),
            WeightKind.W_K => OfHead("attn.W_K", d, h),
            WeightKind.W_V => OfHead("attn.W_V", d, h),
            WeightKind.W_O => OfHead("attn.W_O", h, d),
            WeightKind.b_Q => parts.TryView(InLayer(head.Layer, "attn.b_Q"), heads, h)?.At(head.Head),
            WeightKind.b_K => parts.TryView(InLayer(head.Layer, "attn.b_K"), heads, h)?.At(head.Head),
            WeightKind.b_V => parts.TryView(InLayer(head.Layer, "attn.b_V"), heads, h)?.At(head.Head),
            WeightKind.b_O => parts.TryView(InLayer(head.Layer, "attn.b_O"), d),
            WeightKind.ln1_w => parts.TryView(InLayer(head.Layer, "norm1.w"), d),
            WeightKind.ln1_b => parts.TryView(InLayer(head.Layer, "norm1.b"), d),
            WeightKind.ln_final_w => parts.TryView("norm.w", d),
            WeightKind.ln_final_b => parts.TryView("norm.b", d),
            WeightKind.ln2_w => parts.TryView(InLayer(head.Layer, "norm2.w"), d),
            WeightKind.ln2_b => parts.TryView(InLayer(head.Layer, "norm2.b"), d),
            _ => config.Forward?.Mlp is { } mlp ? OfMlp(mlp.Width) : null,
        };

        TensorView? OfMlp(long width) => kind switch
        {
            WeightKind.W_in => OfLayer("mlp.W_in", d, width),
            WeightKind.W_out => OfLayer("mlp.W_out", width, d),
            WeightKind.b_in => parts.TryView(InLayer(head.Layer, "mlp.b_in"), width),
            WeightKind.b_out => parts.TryView(InLayer(head.Layer, "mlp.b_out"), d),
            WeightKind.ln_mlp_w => parts.TryView(InLayer(head.Layer, "mlp.norm.w"), width),
            WeightKind.ln_mlp_b => parts.TryView(InLayer(head.Layer, "mlp.norm.b"), width),
            _ => null,
        };

        TensorView? OfLayer(string part, long rows, long columns) => InLayer(head.Layer, part) is var name && parts.Tensors.Contains(name)
            ? Matrix(name, left, rows, columns)
            : null;

        TensorView Matrix(string name, bool fromLeft, long rows, long columns) =>
            IsFromLeft(Shape(parts, name), fromLeft, rows, columns)
                ? parts.View(name, columns, rows).Transpose()
                : parts.View(name, rows, columns);

        TensorView OfHead(string part, long rows, long columns)
        {
            string name = InLayer(head.Layer, part);
            var shape = Shape(parts, name) is [_, var first, var second] ? (long[])[first, second] : null;
            return IsFromLeft(shape, left, rows, columns)
                ? parts.View(name, heads, columns, rows).At(head.Head).Transpose()
                : parts.View(name, heads, rows, columns).At(head.Head);
        }
    }

    // A shape tells which way a matrix is stored unless it is square.
    private static bool IsFromLeft(IReadOnlyList<long>? shape, bool whereSquare, long rows, long columns) =>
        rows == columns ? whereSquare : shape is [var first, var second] && first == columns && second == rows;

    /// <summary>Whether W_Q of the first layer is [heads, d_head, d_model], as its biases show.</summary>
    private static bool QueriesFromLeft(CheckpointParts parts) =>
        Shape(parts, "blocks.0.attn.W_Q") is [_, var first, var second] && first != second
        && Shape(parts, "blocks.0.attn.b_Q") is [_, var width] && width == first;

    private static IReadOnlyList<long>? Shape(CheckpointParts parts, string name) => parts.Tensors.Find(name)?.Info.Shape;

    private static string InLayer(int layer, string name) => string.Create(CultureInfo.InvariantCulture, $"blocks.{layer}.{name}");
}
