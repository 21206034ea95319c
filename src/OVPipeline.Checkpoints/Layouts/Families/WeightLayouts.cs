using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>The layouts that are known.</summary>
internal static class WeightLayouts
{
    private const int MostNamed = 12;

    private const string Latent = "its keys and values come from a latent that all heads share, so that no head has a W_V of its own "
        + "(multi-head latent attention)";
    private const string StateSpace = "its layers are not all attention";

    // Families that people bring and that no layout here can stand for, with the reason.
    private static readonly Dictionary<string, string> s_without = new(StringComparer.Ordinal)
    {
        ["deepseek_v2"] = Latent,
        ["deepseek_v3"] = Latent,
        ["deepseek_v32"] = Latent,
        ["kimi_k2"] = Latent,
        ["minicpm3"] = Latent,
        ["mamba"] = StateSpace,
        ["mamba2"] = StateSpace,
        ["falcon_mamba"] = StateSpace,
        ["rwkv"] = StateSpace,
        ["jamba"] = StateSpace,
        ["nemotron_h"] = StateSpace,
        ["qwen3_next"] = StateSpace,
        ["recurrent_gemma"] = StateSpace,
        ["gemma3n"] = "its residual stream is several streams, mixed in each layer",
        ["hubert"] = "it has no tokens: it reads sound",
        ["wav2vec2"] = "it has no tokens: it reads sound",
    };

    /// <summary>Every layout, in the order in which they are tried.</summary>
    public static IReadOnlyList<WeightLayout> All { get; } =
    [
        new OldSoluLayout(), new TransformerLensLayout(), new Gpt2Layout(), new SantaCoderLayout(), new NanoGptLayout(),
        new GptBigCodeLayout(), new GptNeoLayout(), new GptJLayout(), new CodeGenLayout(), new GptNeoXLayout(), new BloomLayout(),
        new FalconLayout(), new MptLayout(), new OptLayout(), new LlamaLayout(), new MistralLayout(), new QwenLayout(),
        new Qwen1Layout(), new GemmaLayout(), new GptOssLayout(), new PhiLayout(), new PhiMsftLayout(), new Phi3Layout(),
        new OlmoLayout(), new Olmo2Layout(), new OlmoeLayout(), new StableLmLayout(), new PhiMoeLayout(), new SmolLmLayout(),
        new ApertusLayout(), new CohereLayout(), new StarCoder2Layout(), new NemotronLayout(), new InternLm2Layout(),
        new MinGptLayout(), new T5Layout(), new BertLayout(), new RobertaLayout(), new GgufLayout(),
    ];

    /// <summary>The layout of models of a type (<c>model_type</c>); null where there is none.</summary>
    public static WeightLayout? OfType(string modelType) => All.FirstOrDefault(layout => layout.ModelTypes.Contains(modelType));

    /// <summary>Why models of a type have no layout, where that is known: a clause.</summary>
    public static string? WhyNot(string modelType) => s_without.GetValueOrDefault(modelType);

    /// <summary>A checkpoint's configuration by its layout, with what of it is not followed here and what a forward pass needs.</summary>
    /// <exception cref="CheckpointException">A size is missing or impossible.</exception>
    public static TransformerConfig Configure(WeightLayout layout, CheckpointParts parts)
    {
        var config = ConfigureWithoutNeeds(layout, parts);
        var needs = layout.Needs(parts, config).Concat(ConfigurationFields.Needs(config, parts.Config))
            .Where(need => !IsIdle(need, config.Forward));
        return config with
        {
            ForwardNeeds = new(needs.DistinctBy(need => need.Feature == ForwardFeature.Other ? (object)need : need.Feature)),
        };
    }

    // Some kinds of scaling change nothing within the context of the model.
    private static bool IsIdle(ForwardNeed need, ForwardConfig? forward) =>
        need.Feature == ForwardFeature.RotaryScaling && forward?.Rotary is { Scaling: null };

    /// <summary>The same, without the list of what a forward pass needs.</summary>
    /// <exception cref="CheckpointException">A size is missing or impossible.</exception>
    public static TransformerConfig ConfigureWithoutNeeds(WeightLayout layout, CheckpointParts parts)
    {
        var config = layout.Configure(parts);
        // Of more layers than there are LayoutWeights tells; what is listed by layer would only take memory.
        bool whole = parts.Tensors.Contains(layout.LayerMark(parts, config.Layers - 1));
        var forward = whole ? layout.Forward(parts, config) : null;
        config = config with { Forward = forward?.Config };
        config = ConfigurationFields.WithWhatIsNotCovered(config, parts.Config, forward?.Followed ?? []);
        return forward is not { Unknown.Count: > 0 } ? config : config with
        {
            NotRun = string.Join(", ", forward.Unknown.Prepend(config.NotRun).OfType<string>().Distinct()),
        };
    }

    /// <summary>The layout of a checkpoint.</summary>
    /// <exception cref="CheckpointException">None fits; the message says which is nearest, or lists the names found and the families known.
    /// </exception>
    public static WeightLayout Of(CheckpointParts parts) =>
        All.FirstOrDefault(layout => layout.Matches(parts)) ?? throw new CheckpointException(parts.Tensors.File, null, Explain(parts));

    private static string Explain(CheckpointParts parts)
    {
        string? type = parts.Config?.ModelType;
        if (type is not null && WhyNot(type) is { } why)
            return $"models of type {type} are not covered: {why}.";
        string names = string.Join(", ", parts.Tensors.Tensors.Take(MostNamed).Select(tensor => tensor.Name));
        string more = parts.Tensors.Tensors.Count > MostNamed ? ", ..." : "";
        string found = $"Names found: {names}{more}.";
        if (type is not null && OfType(type) is { } layout)
            return $"is of model_type {type}, whose layout is {layout.Name}, but {layout.Missing(parts)} is not among its tensors. {found}";
        if (type is not null && All.FirstOrDefault(known => known.HasNames(parts)) is { ModelTypes: [var same, ..] } alike)
            return $"the layout of model_type {type} is not known. Its tensors are named as those of {alike.Name}: if it computes the "
                + $"same, a config.json that says model_type {same} opens it. {found}";
        string families = string.Join(", ", All.Select(known => known.Name));
        return $"the tensors' layout is not known (model_type {type ?? "not given"}). {found} Layouts known: {families}.";
    }
}
