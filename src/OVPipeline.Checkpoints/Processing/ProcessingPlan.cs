using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What of the options asked for keeps what a model computes, and the words that record what was done.
/// <list type="bullet">
/// <item>A gain goes into a weight that reads the norm and nothing else. Positions that are added after the norm (shortformer) would be
/// scaled with it: W_Q and W_K keep theirs apart then, and where nothing says how positions are added.</item>
/// <item>Of a layer norm its centring goes into the same weights.</item>
/// <item>The MLP has a norm of its own, whose gain goes into W_in and W_gate, or reads that before attention, whose gain goes into all that
/// read it or into none.</item>
/// <item>A mean over d_model may go out of what is written to the residual stream where every reader stands behind a layer norm; W_pos only
/// where it is written there.</item>
/// <item>A mean over the vocabulary may go out of logits that go into a softmax as they are.</item>
/// <item>Value biases reach the output whole, unless values are clipped: a pattern's rows sum to 1, whatever its direction.</item>
/// </list>
/// </summary>
/// <param name="Steps">What to do.</param>
/// <param name="Config">The configuration of the weights when it is done.</param>
/// <param name="Notes">A clause for each option that was asked for.</param>
internal sealed record ProcessingPlan(ProcessingSteps Steps, TransformerConfig Config, IReadOnlyList<string> Notes)
{
    /// <param name="asked">What the caller asked for.</param>
    /// <param name="config">The model's sizes and kind.</param>
    /// <param name="raw">Its stored weights.</param>
    /// <param name="file">Its configuration, where there is one.</param>
    public static ProcessingPlan Of(CheckpointOptions asked, TransformerConfig config, IWeightSource raw, ModelConfigFile? file)
    {
        List<string> notes = [];
        var steps = ProcessingSteps.None;
        if (asked.FoldLayerNorm)
            steps = FoldGains(steps, config, raw, file, notes);
        bool valueBiases = raw.Has(WeightKind.b_V) || (steps.FoldValues && raw.Has(WeightKind.ln1_b));
        string? notWhole = WhyValuesChange(config);
        steps = steps with { FoldValueBiases = asked.FoldValueBiases && valueBiases && notWhole is null };
        if (asked.CenterWritingWeights)
            steps = CenterWriting(steps, config, raw, notes);
        if (asked.CenterUnembed)
            steps = CenterUnembed(steps, config, file, notes);
        if (asked.FoldValueBiases)
            notes.Add(ValueBiasNote(valueBiases, notWhole));
        return new(steps, Processed(steps, config, raw), notes);
    }

    private static ProcessingSteps FoldGains(ProcessingSteps steps, TransformerConfig config, IWeightSource raw, ModelConfigFile? file,
        List<string> notes)
    {
        const string StreamPasses = "apply_residual_connection_post_layernorm";
        bool attention = raw.Has(WeightKind.ln1_w);
        bool final = raw.Has(WeightKind.ln_final_w);
        if (!attention && !final)
        {
            notes.Add("no normalization is folded: the model stores no gains");
            return steps;
        }
        if (file?.Flag(StreamPasses) == true)
        {
            notes.Add($"layer norm is not folded: the residual stream itself passes it ({StreamPasses})");
            return steps;
        }
        string norm = NormalizationKinds.Centers(config.Normalization) ? "layer norm" : "RMS norm";
        string? apart = attention ? PositionsAfterNorm(config, raw) : null;
        List<string> weights = attention && apart is null ? ["W_Q", "W_K"] : [];
        if (attention)
            weights.Add("W_V");
        if (final)
            weights.Add("W_U");
        var mlp = MlpGain(config, raw, folded: attention && apart is null);
        if (mlp is not null)
            weights.AddRange(raw.Has(WeightKind.W_gate) ? ["W_in", "W_gate"] : ["W_in"]);
        if (raw.Has(WeightKind.ln1_b) || raw.Has(WeightKind.ln_final_b))
            weights.Add("their biases");
        notes.Add($"{norm} is folded into {Listed(weights)}{(apart is null ? "" : $", not into W_Q and W_K: {apart}")}");
        if (config.PostNorm)
            notes.Add($"the {norm}s that the residual stream itself passes are folded into nothing");
        return steps with
        {
            FoldQueriesAndKeys = attention && apart is null,
            FoldValues = attention,
            FoldMlp = mlp,
            FoldUnembedding = final,
        };
    }

    /// <summary>The gain that the MLP reads and that can go into it; null for none.</summary>
    /// <param name="config">The model's kind.</param>
    /// <param name="raw">Its stored weights.</param>
    /// <param name="folded">Whether the gain of the norm before attention goes into all that reads it.</param>
    private static WeightKind? MlpGain(TransformerConfig config, IWeightSource raw, bool folded)
    {
        if (!raw.Has(WeightKind.W_in) || config.PostNorm)
            return null;
        if (raw.Has(WeightKind.ln2_w))
            return WeightKind.ln2_w;
        return folded && config.Forward?.ParallelMlp == true ? WeightKind.ln1_w : null;
    }

    /// <summary>Why a bias of values does not reach the output whole; null where it does.</summary>
    private static string? WhyValuesChange(TransformerConfig config)
    {
        if (config.Forward?.ProjectionLimit is not null || config.ForwardNeeds.Contains(ForwardFeature.ClippedProjections))
            return "values are clipped after their bias";
        return config.ForwardNeeds.Contains(ForwardFeature.AttentionSinks) ? "heads can attend to sinks in place of values" : null;
    }

    private static string ValueBiasNote(bool valueBiases, string? notWhole)
    {
        if (!valueBiases)
            return "no value biases are folded: the model has none";
        return notWhole is null ? "b_V is folded into b_O" : $"value biases are not folded: {notWhole}";
    }

    private static ProcessingSteps CenterWriting(ProcessingSteps steps, TransformerConfig config, IWeightSource raw, List<string> notes)
    {
        string? reason = WhyMeansMatter(config);
        if (config.PostNorm && !raw.Has(WeightKind.ln_embed_w))
            reason ??= "no norm stands before the first attention, which reads the embedding itself";
        if (reason is not null)
        {
            notes.Add($"writing weights are not centred: {reason}");
            return steps;
        }
        bool stored = raw.Has(WeightKind.W_pos);
        bool positions = stored && config.PositionalEmbedding == "standard";
        List<string> written = positions ? ["W_E", "W_pos", "W_O"] : ["W_E", "W_O"];
        if (raw.Has(WeightKind.b_O) || steps.FoldValueBiases)
            written.Add("b_O");
        if (raw.Has(WeightKind.W_out))
            written.AddRange(raw.Has(WeightKind.b_out) ? ["W_out", "b_out"] : ["W_out"]);
        string why = config.PositionalEmbedding == "unknown" ? "the model does not say where positions enter"
            : $"{config.PositionalEmbedding} positions are not written to the residual stream";
        notes.Add($"{Listed(written)} are centred over d_model{(stored && !positions ? $"; W_pos is not: {why}" : "")}");
        return steps with { CenterWriting = true, CenterPositions = positions };
    }

    private static ProcessingSteps CenterUnembed(ProcessingSteps steps, TransformerConfig config, ModelConfigFile? file,
        List<string> notes)
    {
        bool capped = config.Forward?.LogitCap is not null || (file is not null && ConfigurationFields.CapsLogits(file));
        notes.Add(capped ? "W_U is not centred: the model caps its logits" : "W_U and b_U are centred over the vocabulary");
        return steps with { CenterUnembed = !capped };
    }

    // A model all of whose gains were folded is of the kind that TransformerLens calls so.
    private static TransformerConfig Processed(ProcessingSteps steps, TransformerConfig config, IWeightSource raw)
    {
        bool attention = raw.Has(WeightKind.ln1_w);
        bool final = raw.Has(WeightKind.ln_final_w);
        bool all = (!attention || steps is { FoldQueriesAndKeys: true, FoldValues: true }) && (!final || steps.FoldUnembedding);
        if (!all || !(attention || final))
            return config;
        if (config.PostNorm)
            return config with { FinalNormalization = NormalizationKinds.Folded(config.FinalNormalization) };
        var folded = config with { Normalization = NormalizationKinds.Folded(config.Normalization) };
        return config.FinalNormalization == config.Normalization
            ? folded
            : folded with { FinalNormalization = NormalizationKinds.Folded(config.FinalNormalization) };
    }

    private static string Listed(List<string> names) =>
        names.Count == 1 ? names[0] : $"{string.Join(", ", names.Take(names.Count - 1))} and {names[^1]}";

    /// <summary>Why W_Q and W_K read something beside the norm, or might; null where they do not.</summary>
    private static string? PositionsAfterNorm(TransformerConfig config, IWeightSource raw) => config.PositionalEmbedding switch
    {
        "shortformer" => "positions are added to what they read, after the norm",
        "standard" or "rotary" or "alibi" or "relative_positional_bias" => null,
        _ when !raw.Has(WeightKind.W_pos) => null,
        _ => "the model does not say whether positions are added to what they read, after the norm",
    };

    /// <summary>Why something reads the mean of the residual stream, or might; null where nothing does.</summary>
    private static string? WhyMeansMatter(TransformerConfig config) => (config.Normalization, config.FinalNormalization) switch
    {
        (null, null) => "the model has no normalization",
        (TransformerConfig.UnknownNormalization, _) => "the model does not say its normalization",
        ("RMS" or "RMSPre", _) => "RMS norm keeps the mean",
        (_, "RMS" or "RMSPre") => "the RMS norm before the unembedding keeps the mean",
        (_, null) => "no norm stands before the unembedding",
        (null, _) => "no norm stands before attention",
        _ => null,
    };
}
