using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// GGUF: llama.cpp's names, the same for every family, and sizes from the file's metadata. Linear weights are [out, in], queries, keys and
/// values one after the other where they are one tensor, norms as they are applied (Gemma's with their 1).
/// </summary>
internal sealed class GgufLayout : WeightLayout
{
    private const string FinalNorm = "output_norm", TokenNorm = $"{GgufTensors.EmbeddingNorm}.weight";

    /// <inheritdoc/>
    public override string Name => "GGUF";

    /// <inheritdoc/>
    public override string Mark => "token_embd.weight, in a GGUF file";

    /// <inheritdoc/>
    public override bool Matches(CheckpointParts parts) => HasNames(parts);

    /// <inheritdoc/>
    // Any model of the format: of one whose family is not known Configure says so.
    public override bool HasNames(CheckpointParts parts) => parts.Tensors.Contents.Format == Name;

    /// <inheritdoc/>
    public override string LayerMark(CheckpointParts parts, int layer) => InLayer(layer, "attn_output.weight");

    /// <inheritdoc/>
    public override TransformerConfig Configure(CheckpointParts parts)
    {
        var (family, sizes) = Read(parts);
        string? normalization = Normalization(parts, sizes);
        bool before = family.PostNorm || family.NormWithoutGains || parts.Tensors.Contains(InLayer(0, "attn_norm.weight"));
        bool alibi = sizes.Number("attention.max_alibi_bias") is { } maximum ? maximum > 0 : family.Alibi;
        string withoutAlibi = family.Alibi ? "none" : "rotary"; // a family with ALiBi turns nothing where a file has none
        string positions = alibi ? "alibi" : withoutAlibi;
        bool learned = parts.Tensors.Contains("position_embd.weight");
        int context = sizes.TrySize("context_length") ?? 0;
        return new TransformerConfig
        {
            Name = parts.Name,
            Layers = sizes.Layers,
            Heads = sizes.Heads,
            DModel = sizes.DModel,
            DHead = sizes.KeyLength,
            DValue = sizes.ValueLength,
            Vocabulary = Rows(parts, "token_embd.weight"),
            Context = learned ? Rows(parts, "position_embd.weight") : context,
            Normalization = before ? Kind(normalization, family) : null,
            FinalNormalization = Kind(normalization, family),
            NormEpsilon = sizes.Number("attention.layer_norm_rms_epsilon") ?? sizes.Number("attention.layer_norm_epsilon") ?? 1e-5,
            PositionalEmbedding = learned ? "standard" : positions,
            Bidirectional = sizes.Flag("attention.causal") == false || (family.PostNorm && sizes.Flag("attention.causal") is null),
            AttentionScale = AttentionScale(family, sizes),
            OtherNorm = OtherNorm(parts, family),
            PostNorm = family.PostNorm,
        };
    }

    /// <inheritdoc/>
    public override IEnumerable<ForwardNeed> Needs(CheckpointParts parts, TransformerConfig config)
    {
        var (family, sizes) = Read(parts);
        return GgufNeeds.Of(parts, config, family, sizes);
    }

    /// <inheritdoc/>
    public override ForwardFacts? Forward(CheckpointParts parts, TransformerConfig config)
    {
        var (family, sizes) = Read(parts);
        return GgufForward.Of(parts, config, family, sizes);
    }

    /// <inheritdoc/>
    public override IEnumerable<string> Notes(CheckpointParts parts, TransformerConfig config)
    {
        var (family, _) = Read(parts);
        if (family.ScalesEmbedding)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"W_E is multiplied by sqrt(d_model) = {MathF.Sqrt(config.DModel):0.####}, as the model does");
        }
        if (config.OtherNorm is { } norm)
            yield return $"{norm} is in no weight";
        if (parts.Tensors.Contains("token_types.weight"))
            yield return "the embeddings of token types are not in W_E";
        if (!parts.Tensors.Contains("output.weight"))
            yield return "the file has no unembedding of its own: W_U is the transpose of W_E as stored";
        if (family.RowsTakeTurns)
            yield return "rows of W_Q and W_K are put back in the order that they had before the file was converted";
        int rounded = parts.Tensors.Tensors.Count(tensor => tensor.Type.BlockLength() > 1);
        if (rounded > 0)
        {
            var types = parts.Tensors.Tensors.Select(tensor => tensor.Type).Where(type => type.BlockLength() > 1).Distinct().Order();
            yield return $"{rounded} tensors are quantised ({string.Join(", ", types)}) and read as llama.cpp reads them";
        }
    }

    /// <inheritdoc/>
    public override TensorView? Map(CheckpointParts parts, TransformerConfig config, WeightKind kind, HeadIndex head)
    {
        var (family, sizes) = Read(parts);
        (long v, long d, int last) = (config.Vocabulary, config.DModel, config.Layers - 1);
        return kind switch
        {
            WeightKind.W_E => parts.View("token_embd.weight", v, d) with { Scale = family.ScalesEmbedding ? MathF.Sqrt(d) : 1 },
            WeightKind.W_pos => config.PositionalEmbedding == "standard" ? parts.View("position_embd.weight", config.Context, d) : null,
            WeightKind.W_U => (parts.TryView("output.weight", v, d) ?? parts.View("token_embd.weight", v, d)).Transpose(),
            WeightKind.b_U => parts.TryView("output.bias", v),
            WeightKind.W_Q => Turned(Part(0, head.Head, sizes.KeyLength)),
            WeightKind.W_K => Turned(Part(1, Group(), sizes.KeyLength)),
            WeightKind.W_V => Part(2, Group(), sizes.ValueLength),
            WeightKind.b_Q => PartOfBias(0, head.Head, sizes.KeyLength) is { } bias ? Turned(bias) : null,
            WeightKind.b_K => PartOfBias(1, Group(), sizes.KeyLength) is { } bias ? Turned(bias) : null,
            WeightKind.b_V => PartOfBias(2, Group(), sizes.ValueLength),
            WeightKind.W_O => parts.View(InLayer(head.Layer, "attn_output.weight"), d, config.Heads * (long)sizes.ValueLength)
                .Inputs(head.Head * (long)sizes.ValueLength, sizes.ValueLength),
            WeightKind.b_O => parts.TryView(InLayer(head.Layer, "attn_output.bias"), d),
            WeightKind.ln1_w => family.PostNorm ? null : parts.TryView(InLayer(head.Layer, $"{NormOf(head.Layer)}.weight"), d),
            WeightKind.ln1_b => family.PostNorm ? null : parts.TryView(InLayer(head.Layer, $"{NormOf(head.Layer)}.bias"), d),
            WeightKind.ln_final_w => parts.TryView(family.PostNorm ? InLayer(last, "layer_output_norm.weight") : $"{FinalNorm}.weight", d),
            WeightKind.ln_final_b => parts.TryView(family.PostNorm ? InLayer(last, "layer_output_norm.bias") : $"{FinalNorm}.bias", d),
            _ => GgufBlocks.Map(parts, config, family, kind, head, (Group(), sizes.Groups(head.Layer))),
        };

        // Falcon's larger models have a norm for attention beside that of the MLP.
        string NormOf(int layer) => parts.Tensors.Contains(InLayer(layer, "attn_norm_2.weight")) ? "attn_norm_2" : "attn_norm";

        // Query heads in a row share a group of keys and values.
        int Group() => head.Head / (config.Heads / sizes.Groups(head.Layer));

        TensorView Turned(TensorView view) => view with { TakesTurns = family.RowsTakeTurns && sizes.KeyLength % 2 == 0 };

        TensorView Part(int part, int index, int width) => Fused("weight") is { } fused
            ? parts.View(fused, AllRows(), d).Outputs(FirstRow(part) + (index * (long)width), width)
            : parts.View(InLayer(head.Layer, $"{PartName(part)}.weight"), RowsOf(part), d).Outputs(index * (long)width, width);

        TensorView? PartOfBias(int part, int index, int width) => Fused("bias") is { } fused
            ? parts.View(fused, AllRows()).Slice(0, FirstRow(part) + (index * (long)width), width)
            : parts.TryView(InLayer(head.Layer, $"{PartName(part)}.bias"), RowsOf(part))?.Slice(0, index * (long)width, width);

        string? Fused(string kindOf) =>
            InLayer(head.Layer, $"attn_qkv.{kindOf}") is var name && parts.Tensors.Contains(name) ? name : null;

        long AllRows() => RowsOf(0) + RowsOf(1) + RowsOf(2);

        long FirstRow(int part) => Enumerable.Range(0, part).Sum(RowsOf);

        long RowsOf(int part) => part switch
        {
            0 => config.Heads * (long)sizes.KeyLength,
            1 => sizes.Groups(head.Layer) * (long)sizes.KeyLength,
            _ => sizes.Groups(head.Layer) * (long)sizes.ValueLength,
        };
    }

    private static string PartName(int part) => part switch
    {
        0 => "attn_q",
        1 => "attn_k",
        _ => "attn_v",
    };

    private static string InLayer(int layer, string name) => GgufBlocks.InLayer(layer, name);

    private static (GgufArchitecture Family, GgufSizes Sizes) Read(CheckpointParts parts)
    {
        string path = parts.Tensors.File;
        var config = parts.Tensors.Contents.Config
            ?? throw new CheckpointException(path, GgufConfig.Architecture, "is missing: the file does not say what model it holds.");
        string name = config.ModelType!;
        var family = GgufArchitecture.Find(name) ?? throw new CheckpointException(path, GgufConfig.Architecture,
            $"is '{name}', which is not known here; known are {string.Join(", ", GgufArchitecture.Names)}.");
        return (family, new GgufSizes(GgufConfig.OwnOf(config), name));
    }

    private static int Rows(CheckpointParts parts, string name)
    {
        var tensor = parts.Tensors.Find(name) ?? throw parts.Tensors.Missing(name);
        return tensor.Info.Shape is [> 0 and <= int.MaxValue and var rows, _]
            ? (int)rows
            : throw new CheckpointException(tensor.File.Path, name,
                $"has shape [{string.Join(", ", tensor.Info.Shape)}], not that of a matrix.");
    }

    // The metadata names the kind by the key that it has for the epsilon; a bias is of layer norms alone.
    private static string Normalization(CheckpointParts parts, GgufSizes sizes)
    {
        if (sizes.Number("attention.layer_norm_rms_epsilon") is not null)
            return "RMS";
        bool said = sizes.Number("attention.layer_norm_epsilon") is not null;
        return said || parts.Tensors.Contains($"{FinalNorm}.bias") ? "LN" : "RMS";
    }

    private static string? Kind(string? normalization, GgufArchitecture family) =>
        family.NormWithoutGains ? NormalizationKinds.Folded(normalization) : normalization;

    private static double? AttentionScale(GgufArchitecture family, GgufSizes sizes)
    {
        if (sizes.Number("attention.scale") is { } factor and > 0)
            return 1 / factor;
        if (family.ScoresByWidth)
            return sizes.KeyLength;
        return family.LargestLayers == sizes.Layers ? Math.Sqrt((double)sizes.DModel / sizes.Heads) : null;
    }

    private static string? OtherNorm(CheckpointParts parts, GgufArchitecture family)
    {
        List<string> norms = [];
        if (parts.Tensors.Contains(TokenNorm))
            norms.Add("the norm after the embedding (token_embd_norm)");
        if (family.PostNorm)
            norms.Add("the layer norm that the residual stream itself passes after each block");
        if (!family.PostNorm && family.NormAfterAttention is { } name && parts.Tensors.Contains(InLayer(0, $"{name}.weight")))
            norms.Add($"the norm after attention ({name})");
        return norms.Count == 0 ? null : string.Join(", and ", norms);
    }
}
