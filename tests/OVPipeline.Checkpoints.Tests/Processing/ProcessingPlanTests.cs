using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Which weights take what, and the words for it; that nothing changes the model is shown by ProcessingSoundnessTests.</summary>
public sealed class ProcessingPlanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("standard", "LN", "layer norm is folded into W_Q, W_K, W_V, W_U and their biases",
        "W_E, W_pos, W_O and b_O are centred over d_model")]
    [InlineData("shortformer", "LN",
        "layer norm is folded into W_V, W_U and their biases, not into W_Q and W_K: positions are added to what they read, after the norm",
        "W_E, W_O and b_O are centred over d_model; W_pos is not: shortformer positions are not written to the residual stream")]
    [InlineData(null, "LN",
        "layer norm is folded into W_V, W_U and their biases, not into W_Q and W_K: the model does not say whether positions are added to "
        + "what they read, after the norm",
        "W_E, W_O and b_O are centred over d_model; W_pos is not: the model does not say where positions enter")]
    [InlineData("rotary", "LN", "layer norm is folded into W_Q, W_K, W_V, W_U and their biases",
        "W_E, W_O and b_O are centred over d_model")]
    [InlineData("shortformer", "RMS",
        "RMS norm is folded into W_V and W_U, not into W_Q and W_K: positions are added to what they read, after the norm",
        "writing weights are not centred: RMS norm keeps the mean")]
    [InlineData("shortformer", "LNPre", "no normalization is folded: the model stores no gains",
        "W_E, W_O and b_O are centred over d_model; W_pos is not: shortformer positions are not written to the residual stream")]
    [InlineData("standard", "none", "no normalization is folded: the model stores no gains",
        "writing weights are not centred: the model has no normalization")]
    [InlineData("standard", "unknown", "no normalization is folded: the model stores no gains",
        "writing weights are not centred: the model does not say its normalization")]
    [InlineData("standard", "final_rms", "layer norm is folded into W_Q, W_K, W_V, W_U and their biases",
        "writing weights are not centred: the RMS norm before the unembedding keeps the mean")]
    public void Load_FoldAndCenter_SaysWhatIsDone(string? positions, string normalization, string folded, string centred)
    {
        var weights = Load(positions, normalization, new() { FoldLayerNorm = true, CenterWritingWeights = true });
        Assert.Equal([folded, centred],
            weights.Processing.Where(note => !note.Contains("before the weights were stored", StringComparison.Ordinal)
                && !note.StartsWith("positions are taken to be standard", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("standard", "LN", true, "LNPre", false, false)]
    [InlineData("standard", "LN", false, "LN", true, true)]
    [InlineData("shortformer", "LN", true, "LN", true, false)]
    [InlineData("shortformer", "RMS", true, "RMS", true, false)]
    [InlineData("rotary", "RMS", true, "RMSPre", false, false)]
    [InlineData("shortformer", "LNPre", true, "LNPre", false, false)]
    public void Load_Folded_SaysWhichWeightsStillReadGains(string positions, string normalization, bool fold, string kind, bool queries,
        bool values)
    {
        var weights = Load(positions, normalization, new() { FoldLayerNorm = fold });
        Assert.Equal(kind, weights.Config.Normalization);
        Assert.Equal((queries, queries, values, values),
            (weights.ReadsGains(WeightKind.W_Q), weights.ReadsGains(WeightKind.W_K), weights.ReadsGains(WeightKind.W_V),
                weights.ReadsGains(WeightKind.W_U)));
        Assert.Equal(queries, weights.Has(WeightKind.ln1_w));
        Assert.Equal(values, weights.Has(WeightKind.ln_final_w));
    }

    private TransformerWeights Load(string? positions, string normalization, CheckpointOptions options)
    {
        bool finalRms = normalization == "final_rms", unknown = normalization == "unknown";
        var kind = new ModelKind(positions ?? "standard", finalRms ? "LN" : unknown ? "none" : normalization) { FinalRms = finalRms };
        SafetensorsWriter.Write(_folder.PathOf("model.safetensors"), [.. ModelFile.Tensors(kind, seed: 7).Values]);
        var config = ModelFile.Config(kind);
        if (positions is null)
            config.Remove("positional_embedding_type");
        if (unknown)
            config.Remove("normalization_type");
        File.WriteAllText(_folder.PathOf("config.json"), System.Text.Json.JsonSerializer.Serialize(config));
        return TransformerCheckpoint.Load(_folder.Path, options).Weights;
    }
}
