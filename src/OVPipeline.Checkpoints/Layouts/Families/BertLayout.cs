using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// BERT: separate projections with biases, learned positions, attention in both directions, and layer norms that the residual stream itself
/// passes: <c>x = LN(x + attention(x))</c>. W_U is the transpose of W_E, as where it is trained to predict masked tokens.
/// </summary>
/// <remarks>
/// Sizes come from config.json or, where there is none, from the shapes and the number of heads that the file itself tells
/// (<see cref="TensorFile.Heads"/>, ONNX).
/// </remarks>
internal class BertLayout : HuggingFaceLayout
{
    private const string TokenTypeEmbeddings = "embeddings.token_type_embeddings.weight";
    private const double UsualEpsilon = 1e-12; // BertConfig.layer_norm_eps

    /// <inheritdoc/>
    public override string Name => "BERT";

    /// <inheritdoc/>
    public override string Mark => "encoder.layer.0.attention.self.query.weight";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["bert"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Prefixes => ["bert.", ""];

    /// <summary>Rows of the positions before the first token's: 0, where RoBERTa's have two of padding.</summary>
    protected virtual int PaddingPositions => 0;

    /// <summary>What goes before the names of embeddings and layers within the model.</summary>
    protected virtual (string Tokens, string Positions) Embeddings =>
        ("embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight");

    /// <summary>The head that predicts tokens, where a file has it: W_U, its bias, and the layer norm before it.</summary>
    protected virtual (string Decoder, string Bias, string Norm) Head =>
        ("cls.predictions.decoder.weight", "cls.predictions.bias", "cls.predictions.transform.LayerNorm");

    /// <summary>The dense layer between the last layer and W_U.</summary>
    protected virtual string Transform => "cls.predictions.transform.dense";

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var file = parts.Config;
        var config = file is null && SizesOfGraph(parts) is { } told
            ? told
            : Sizes(parts, "num_hidden_layers", "num_attention_heads", "hidden_size", "max_position_embeddings", "LN", "standard");
        string? positions = file?.Text("position_embedding_type");
        return config with
        {
            Context = Math.Max(0, config.Context - PaddingPositions),
            NormEpsilon = file?.Positive("layer_norm_eps") ?? UsualEpsilon,
            Bidirectional = file?.Flag("is_decoder") != true,
            PostNorm = true,
            OtherNorm = "the layer norm that the residual stream itself passes after each block",
            NotRun = positions is null or "absolute" ? null : $"position_embedding_type {positions}",
        };
    }

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => Layer(parts, layer, "attention.self.query.weight");

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        if (parts.Config is null)
            yield return $"sizes are those of the shapes and {config.Heads} heads those of the graph";
        yield return "the layer norms that the residual stream itself passes and the embeddings of token types are in no weight";
        yield return HasHead(parts)
            ? $"{TransformName}, which stands between the last layer and W_U, is in no weight"
            : "W_U is the transpose of W_E: the file has no unembedding";
    }

    /// <summary>What a note calls what stands between the last layer and W_U.</summary>
    protected virtual string TransformName => "cls.predictions.transform";

    /// <summary>What the head's neurons pass where it is not what the MLPs' pass; null where it is.</summary>
    protected virtual ActivationKind? HeadActivation => null;

    /// <inheritdoc/>
    public override IReadOnlyList<string> RunTypes => ModelTypes;

    /// <inheritdoc/>
    public override ForwardFacts? Forward(CheckpointParts parts, TransformerConfig config)
    {
        var reader = new ForwardReader(parts.Config);
        if (reader.Activation(["hidden_act"], "gelu") is not { } activation)
            return reader.Facts(new());
        if (parts.Tensors.Contains($"{Transform}.weight") && HeadActivation is { } own && own != activation)
            reader.Refuse($"hidden_act {parts.Config!.Text("hidden_act")} beside a head with gelu");
        var stored = parts.Tensors.Find(Layer(parts, 0, "intermediate.dense.weight"))?.Info.Shape;
        int width = parts.Config?.TrySize("intermediate_size")
            ?? (stored is [> 0 and <= int.MaxValue and var size, _] ? (int)size : 4 * config.DModel);
        if (!parts.Tensors.Contains(Full(parts, "embeddings.LayerNorm.weight")))
            reader.Refuse("the layer norm after the embedding, which is missing");
        if (TokenTypes(parts, config.DModel) is null && parts.Config?.Number("type_vocab_size") is not 0)
            reader.Refuse("the embeddings of token types, which are missing");
        return reader.Facts(new() { Mlp = new(width, activation) });
    }

    private TensorView? TokenTypes(CheckpointParts parts, long width) =>
        parts.Tensors.Find(Full(parts, TokenTypeEmbeddings))?.Info.Shape is [> 0 and var types, _]
            ? parts.View(Full(parts, TokenTypeEmbeddings), types, width)
            : null;

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        (long v, long d, long h, long at) = (config.Vocabulary, config.DModel, config.DHead, (long)head.Head * config.DHead);
        return kind switch
        {
            WeightKind.W_E => parts.View(Full(parts, Embeddings.Tokens), v, d),
            WeightKind.W_pos => config.Context == 0 ? null : Positions(parts, config),
            WeightKind.W_U => parts.Tensors.Contains(Head.Decoder)
                ? Unembedding(parts, config, Embeddings.Tokens, Head.Decoder)
                : parts.View(Full(parts, Embeddings.Tokens), v, d).Transpose(),
            WeightKind.b_U => parts.TryView(Head.Bias, v),
            WeightKind.W_Q => parts.View(Of("attention.self.query.weight"), d, d).Outputs(at, h),
            WeightKind.W_K => parts.View(Of("attention.self.key.weight"), d, d).Outputs(at, h),
            WeightKind.W_V => parts.View(Of("attention.self.value.weight"), d, d).Outputs(at, h),
            WeightKind.W_O => parts.View(Of("attention.output.dense.weight"), d, d).Inputs(at, h),
            WeightKind.b_Q => parts.View(Of("attention.self.query.bias"), d).Slice(0, at, h),
            WeightKind.b_K => parts.View(Of("attention.self.key.bias"), d).Slice(0, at, h),
            WeightKind.b_V => parts.View(Of("attention.self.value.bias"), d).Slice(0, at, h),
            WeightKind.b_O => parts.View(Of("attention.output.dense.bias"), d),
            WeightKind.ln_final_w => parts.View(FinalNorm(parts, config, "weight"), d),
            WeightKind.ln_final_b => parts.View(FinalNorm(parts, config, "bias"), d),
            WeightKind.ln_embed_w => parts.TryView(Full(parts, "embeddings.LayerNorm.weight"), d),
            WeightKind.ln_embed_b => parts.TryView(Full(parts, "embeddings.LayerNorm.bias"), d),
            WeightKind.b_E => TokenTypes(parts, d)?.At(0),
            WeightKind.ln1_post_w => parts.TryView(Of("attention.output.LayerNorm.weight"), d),
            WeightKind.ln1_post_b => parts.TryView(Of("attention.output.LayerNorm.bias"), d),
            WeightKind.ln2_post_w => parts.TryView(Of("output.LayerNorm.weight"), d),
            WeightKind.ln2_post_b => parts.TryView(Of("output.LayerNorm.bias"), d),
            WeightKind.W_head => parts.TryView($"{Transform}.weight", d, d)?.Transpose(),
            WeightKind.b_head => parts.TryView($"{Transform}.bias", d),
            _ => config.Forward?.Mlp is { } mlp ? OfMlp(mlp.Width) : null, // attention reads the stream, which passes norms itself
        };

        TensorView? OfMlp(long width) => kind switch
        {
            WeightKind.W_in => parts.TryView(Of("intermediate.dense.weight"), width, d)?.Transpose(),
            WeightKind.b_in => parts.TryView(Of("intermediate.dense.bias"), width),
            WeightKind.W_out => parts.TryView(Of("output.dense.weight"), d, width)?.Transpose(),
            WeightKind.b_out => parts.TryView(Of("output.dense.bias"), d),
            _ => null,
        };

        string Of(string name) => Layer(parts, head.Layer, name);
    }

    /// <summary>A name within a layer.</summary>
    protected virtual string Layer(CheckpointParts parts, int layer, string name) => InLayer(parts, "encoder.layer", layer, name);

    private bool HasHead(CheckpointParts parts) => parts.Tensors.Contains($"{Head.Norm}.weight");

    // What W_U reads passes the head's norm or, without a head, the last block's.
    private string FinalNorm(CheckpointParts parts, TransformerConfig config, string part) =>
        HasHead(parts) ? $"{Head.Norm}.{part}" : Layer(parts, config.Layers - 1, $"output.LayerNorm.{part}");

    private TensorView Positions(CheckpointParts parts, TransformerConfig config) =>
        parts.View(Full(parts, Embeddings.Positions), config.Context + (long)PaddingPositions, config.DModel)
            .Slice(0, PaddingPositions, config.Context);

    /// <summary>Sizes of a file without config.json that tells its heads itself; null for other files.</summary>
    private TransformerConfig? SizesOfGraph(CheckpointParts parts)
    {
        if (!parts.Tensors.Contents.Metadata.TryGetValue(TensorFile.Heads, out string? text)
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int heads)
            || parts.Tensors.Find(Full(parts, Embeddings.Tokens))?.Info.Shape is not [> 0 and <= int.MaxValue and var v, var d]
            || parts.Tensors.Find(Full(parts, Embeddings.Positions))?.Info.Shape is not [<= int.MaxValue and var context, _]
            || heads < 1 || d is < 1 or > int.MaxValue || d % heads != 0)
            return null;
        return new TransformerConfig
        {
            Name = parts.Name,
            Layers = Enumerable.Range(0, int.MaxValue).First(layer => !parts.Tensors.Contains(LayerMark(parts, layer))),
            Heads = heads,
            DModel = (int)d,
            DHead = (int)d / heads,
            Vocabulary = (int)v,
            Context = (int)context,
            Normalization = "LN",
            PositionalEmbedding = "standard",
        };
    }
}
