using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Writes a model's files, in the format of the embedded model.</summary>
internal static class ModelFiles
{
    public static void Save(Transformer model, string folder, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (model.Shape.FoldedValueGains)
            throw new InvalidOperationException(
                $"{model.Config.Name} cannot be saved: W_V and W_U hold the layer norm's gains, W_Q and W_K do not, and no file says so. " +
                "Load it without folding.");
        if (!model.Shape.IsTrained)
            throw new InvalidOperationException(
                $"{model.Config.Name} cannot be saved: only attention-only models are, as they are trained here.");
        AtomicFile.RequireWritable(folder);
        SafetensorsTensor[] tensors = [.. model.named_parameters()
            .Select(named => new SafetensorsTensor(named.name, [.. named.parameter.shape], ModuleWeights.Values(named.parameter)))];
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors, ElementType.F32, metadata);
        AtomicFile.Write(Path.Combine(folder, "config.json"), path => File.WriteAllBytes(path, Json(model.Config)));
    }

    private static byte[] Json(TransformerConfig config)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("model_type", "attn-only");
            json.WriteString("name", config.Name);
            json.WriteNumber("n_layers", config.Layers);
            json.WriteNumber("n_heads", config.Heads);
            json.WriteNumber("d_model", config.DModel);
            json.WriteNumber("d_head", config.DHead);
            if (config.DValue != config.DHead)
                json.WriteNumber("d_value", config.DValue);
            json.WriteNumber("n_ctx", config.Context);
            json.WriteNumber("d_vocab", config.Vocabulary);
            if (config.OutputVocabulary != config.Vocabulary)
                json.WriteNumber("d_vocab_out", config.OutputVocabulary);
            json.WriteBoolean("attn_only", true);
            json.WriteString("normalization_type", config.Normalization); // null where there is none
            json.WriteString("positional_embedding_type", config.PositionalEmbedding);
            if (config.NormEpsilon != 1e-5)
                json.WriteNumber("eps", config.NormEpsilon);
            json.WriteString("attention_dir", config.Bidirectional ? "bidirectional" : "causal");
            if (config.AttentionScale is { } scale)
            {
                json.WriteBoolean("use_attn_scale", true);
                json.WriteNumber("attn_scale", scale);
            }
            if (config.ScaleByInverseLayer)
                json.WriteBoolean("scale_attn_by_inverse_layer_idx", true);
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
