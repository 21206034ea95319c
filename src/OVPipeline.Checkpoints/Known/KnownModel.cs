namespace OVPipeline.Checkpoints;

/// <summary>A model that is known by its name: where it lies on the hub, and what its files do not say.</summary>
/// <param name="Id">Its id on the hub.</param>
/// <param name="Family">How its tensors are named.</param>
internal sealed record KnownModel(string Id, ModelFamily Family)
{
    /// <summary>The names that TransformerLens has for it beside its id.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whether it is one of the names that TransformerLens lists.</summary>
    public bool IsListed { get; init; } = true;

    /// <summary>Whether the hub has it under its id.</summary>
    public bool IsHosted { get; init; } = true;

    /// <summary>Its kind in TransformerLens' terms, for files that do not say it; null for models whose files do.</summary>
    public ModelConfigFile? Kind { get; init; }

    /// <summary>The id of its tokenizer, where that is a repository of its own.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>The sizes by which its file is known under any name; null where these are not telling.</summary>
    public KnownShape? Shape { get; init; }

    /// <summary>Tokens that each step of its training saw, where its checkpoints are named by steps.</summary>
    public long? TokensPerStep { get; init; }

    // TransformerLens' field, and what Neel Nanda's models say in its place.
    private static readonly (string Field, string Twin, string What)[] s_twins =
        [("normalization_type", "normalization", "normalization"), ("positional_embedding_type", "shortformer_pos", "positions")];

    /// <summary>What was taken from here, a clause, or none.</summary>
    /// <param name="said">The model's own configuration, or null where it has none.</param>
    /// <param name="byTensors">Whether the model was known by its tensors, not by its repository.</param>
    public IEnumerable<string> Notes(ModelConfigFile? said, bool byTensors)
    {
        List<string> taken = [];
        foreach (var (field, twin, what) in s_twins)
            if (Kind?.Names(field) == true && said?.Names(field) != true && said?.Names(twin) != true)
                taken.Add($"{what} {Kind.Text(field) ?? "none"}");
        if (taken.Count > 0)
            yield return $"{string.Join(" and ", taken)}, which its files do not say, {(taken.Count > 1 ? "are" : "is")} known of {Id}"
                + (byTensors ? ", whose tensors' names and sizes these are" : "");
    }

    /// <summary>A configuration with what is known of the model where it does not say it itself.</summary>
    /// <param name="said">The model's own, or null where it has none.</param>
    public ModelConfigFile? Complete(ModelConfigFile? said)
    {
        if (said is null || Kind is null)
            return said ?? Kind;
        return said.CompletedBy(Kind, [.. s_twins.Where(twin => said.Names(twin.Twin)).Select(twin => twin.Field)]);
    }
}

/// <summary>A family of known models.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="ModelType">The <c>model_type</c> of its config.json, or null where it has none.</param>
/// <param name="Tensors">Names of tensors of its first layer and around the layers, as the published files have them.</param>
/// <param name="Otherwise">What keeps it from being read where no layout does; null where nothing does but that.</param>
internal sealed record ModelFamily(string Title, string? ModelType, IReadOnlyList<string> Tensors, string? Otherwise)
{
    /// <summary>The <c>model_type</c> of its <c>text_config</c>, where config.json has one.</summary>
    public string? TextType { get; init; }
}

/// <summary>Sizes of an attention-only model without norms, by which its file is told from others.</summary>
internal sealed record KnownShape(int Layers, int Heads, int DModel, int DHead, int Vocabulary, int Context)
{
    /// <summary>Whether the tensors are those of such a model, and no others but biases and buffers of attention.</summary>
    public bool Fits(CheckpointTensors tensors) =>
        Has(tensors, "embed.W_E", Vocabulary, DModel)
        && Has(tensors, "unembed.W_U", DModel, Vocabulary)
        && Has(tensors, "pos_embed.W_pos", Context, DModel)
        && Enumerable.Range(0, Layers).All(layer => Has(tensors, $"blocks.{layer}.attn.W_V", Heads, DModel, DHead))
        && !tensors.Contains($"blocks.{Layers}.attn.W_V")
        && tensors.Tensors.All(tensor => IsOfAttention(tensor.Name));

    private static bool IsOfAttention(string name) => name is "embed.W_E" or "unembed.W_U" or "unembed.b_U" or "pos_embed.W_pos"
        || name.Contains(".attn.", StringComparison.Ordinal);

    private static bool Has(CheckpointTensors tensors, string name, params long[] shape) =>
        tensors.Find(name)?.Info.Shape.SequenceEqual(shape) == true;
}
