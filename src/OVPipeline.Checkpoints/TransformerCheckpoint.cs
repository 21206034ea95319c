using Microsoft.ML.Tokenizers;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>A transformer as loaded: its weights and its tokens.</summary>
public sealed class TransformerCheckpoint
{
    private Vocabulary? _outputVocabulary;

    /// <summary>A model from parts: weights, and display strings for the rows of W_E.</summary>
    /// <exception cref="ArgumentException">The vocabulary's size is not the number of rows of W_E.</exception>
    public TransformerCheckpoint(TransformerWeights weights, Vocabulary vocabulary, Tokenizer? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Count != weights.Config.Vocabulary)
        {
            var config = weights.Config;
            throw new ArgumentException(
                $"{config.Name} has {config.Vocabulary} rows in W_E, the vocabulary holds {vocabulary.Count} tokens.", nameof(vocabulary));
        }
        Weights = weights;
        Vocabulary = vocabulary;
        Tokenizer = tokenizer;
        NoTokenizer = tokenizer is null ? "The model was made from parts, without one." : null;
    }

    /// <summary>The weights.</summary>
    public TransformerWeights Weights { get; }

    /// <summary>The tokens' display strings.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>
    /// The display strings of what logits are of, one for each column of W_U: <see cref="Vocabulary"/> itself where outputs are the tokens.
    /// Else those that config.json gives them (id2label), or <c>&lt;output 0&gt;</c> and so on.
    /// </summary>
    /// <exception cref="ArgumentException">The vocabulary's size is not the number of columns of W_U.</exception>
    public Vocabulary OutputVocabulary
    {
        get => _outputVocabulary ??= Weights.Config.NoCopying is null ? Vocabulary : OutputNames.Numbered(Weights.Config.OutputVocabulary);
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            var config = Weights.Config;
            if (value.Count != config.OutputVocabulary)
                throw new ArgumentException(
                    $"{config.Name} has {config.OutputVocabulary} columns in W_U, the vocabulary holds {value.Count} outputs.",
                    nameof(value));
            _outputVocabulary = value;
        }
    }

    /// <summary>
    /// From text to token ids, where the checkpoint has a tokenizer. Encoding throws a <see cref="CheckpointException"/> where the file's
    /// patterns take too long for a text, or its normalizers make it far longer, as no real tokenizer's do.
    /// </summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>
    /// Why there is no tokenizer, a sentence that names the file; null where there is one. A tokenizer gives the reference's ids or is not
    /// there, and nothing that is wrong with its files keeps the weights from loading.
    /// </summary>
    public string? NoTokenizer { get; private init; }

    /// <summary>The layout of the file it came from, such as <c>TransformerLens</c>; null for a model from parts.</summary>
    public string? Layout { get; private init; }

    /// <summary>The tensors it came from; null for a model from parts.</summary>
    public CheckpointTensors? Tensors { get; private init; }

    /// <summary>Where its configuration came from: a file, or what a file of weights says of itself; null where there is none.</summary>
    public string? ConfigurationSource { get; private init; }

    /// <summary>The same tokens with other weights of the same vocabulary: with norms held at other scales, say.</summary>
    /// <exception cref="ArgumentException">The weights are of another vocabulary.</exception>
    public TransformerCheckpoint WithWeights(TransformerWeights weights) =>
        new(weights, Vocabulary, Tokenizer)
        {
            OutputVocabulary = OutputVocabulary,
            Layout = Layout,
            Tensors = Tensors,
            ConfigurationSource = ConfigurationSource,
        };

    /// <summary>Loads a model, its weights as stored. Headers are read and checked now, weights when they are asked for.</summary>
    /// <param name="source">
    /// A folder with config.json, weights and tokenizer; a file of weights (safetensors, PyTorch, an index of several) that may have
    /// them beside it, or <c>folder:file</c>; a hub id such as <c>gpt2</c>, <c>EleutherAI/pythia-70m@step1000</c> or
    /// <c>NeelNanda/Attn_Only_2L512W_C4_Code:model_final.pth</c>; or a name that TransformerLens has for one, such as <c>gpt2-small</c>.
    /// What is on this machine goes first. The hub's files are fetched into its cache where they are not there yet.
    /// </param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    public static TransformerCheckpoint Load(string source) => Load(source, new CheckpointOptions());

    /// <summary>Loads a model, with a say in how it is read.</summary>
    /// <param name="source">As in <see cref="Load(string)"/>.</param>
    /// <param name="options">
    /// What the files do not say, and what to do to the weights. What was done is in <see cref="TransformerWeights.Processing"/>.
    /// </param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has not all of <see cref="CheckpointOptions.Heads"/>.</exception>
    public static TransformerCheckpoint Load(string source, CheckpointOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        using var finder = new CheckpointFinder(null, null, default);
        return Open(source, options, finder);
    }

    /// <summary>Loads a model, with a say in how an id is fetched.</summary>
    /// <param name="source">As in <see cref="Load(string)"/>.</param>
    /// <param name="options">As in <see cref="Load(string, CheckpointOptions)"/>, or null.</param>
    /// <param name="hub">The client that fetches ids.</param>
    /// <param name="progress">Told about each part of each file that is fetched.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It has not all of <see cref="CheckpointOptions.Heads"/>.</exception>
    public static TransformerCheckpoint Load(string source, CheckpointOptions? options, HubClient hub,
        IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(hub);
        using var finder = new CheckpointFinder(hub, progress, cancellationToken);
        return Open(source, options, finder);
    }

    /// <summary>The tensors of a model's files, whether or not a layout fits them.</summary>
    /// <param name="source">As in <see cref="Load(string)"/>.</param>
    /// <param name="options">The revision of a hub's model, or null; nothing else is looked at.</param>
    /// <param name="hub">The client that fetches ids.</param>
    /// <param name="progress">Told about each part of each file that is fetched.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">There is no such model, or its files are not sound.</exception>
    public static CheckpointTensors OpenTensors(string source, CheckpointOptions? options, HubClient hub,
        IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(hub);
        using var finder = new CheckpointFinder(hub, progress, cancellationToken);
        options = new() { Revision = options?.Revision };
        return CheckpointTensors.Open(finder.Find(source, options, withTokenizer: false).Weights);
    }

    /// <summary>Loads a model's weights alone: no tokenizer is looked for, and none fetched.</summary>
    /// <param name="source">As in <see cref="Load(string)"/>.</param>
    /// <param name="options">As in <see cref="Load(string, CheckpointOptions)"/>, or null.</param>
    /// <param name="hub">The client that fetches ids; null for one with the settings of the environment.</param>
    /// <param name="progress">Told about each part of each file that is fetched.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">They cannot be used; the message says why.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has not all of <see cref="CheckpointOptions.Heads"/>.</exception>
    public static TransformerWeights LoadWeights(string source, CheckpointOptions? options = null, HubClient? hub = null,
        IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        using var finder = new CheckpointFinder(hub, progress, cancellationToken);
        return Read(finder.Find(source, options, withTokenizer: false), options).Weights;
    }

    private static TransformerCheckpoint Open(string source, CheckpointOptions? options, CheckpointFinder finder)
    {
        var location = finder.Find(source, options, withTokenizer: options?.Tokenizer is null);
        var (parts, known, layout, weights) = Read(location, options);
        var config = weights.Config;
        var tokens = finder.Tokens(
            location, options?.Tokenizer, parts.Tensors.Contents.Tokens, parts.Config?.TokenizerName, known, config.Vocabulary);
        return new(weights, tokens.Vocabulary, tokens.Tokenizer)
        {
            OutputVocabulary = config.NoCopying is null ? tokens.Vocabulary : OutputNames.Of(parts.Config, config.OutputVocabulary),
            Layout = layout.Name,
            Tensors = parts.Tensors,
            ConfigurationSource = parts.Config?.Path,
            NoTokenizer = tokens.NoTokenizer,
        };
    }

    private static (CheckpointParts Parts, KnownModel? Known, WeightLayout Layout, TransformerWeights Weights) Read(
        CheckpointLocation location, CheckpointOptions? options)
    {
        var opened = CheckpointTensors.Open(location.Weights);
        var (parts, said, layout, found) = ModelInFile.Find(
            opened, options?.Weights, Configurations(location, opened.Contents, options?.Config), PartsOf);
        var known = KnownModels.Of(location.Repository, parts.Tensors);
        layout.RequireOpenPositions(parts);
        var config = WeightLayouts.Configure(layout, parts);
        foreach (var head in options?.Heads ?? [])
            config.RequireHead(head);
        var stored = new LayoutWeights(layout, parts, config);
        if (stored.Uneven is { } uneven)
            config = config with { NotRun = config.NotRun is null ? uneven : $"{config.NotRun}, {uneven}" };
        // What keeps what a model computes must not rest on an assumption.
        var certain = layout.AssumesPositions(parts) ? config with { PositionalEmbedding = "unknown" } : config;
        var plan = ProcessingPlan.Of(options ?? new(), certain, stored, parts.Config);
        plan = plan with { Config = plan.Config with { PositionalEmbedding = config.PositionalEmbedding } };
        IWeightSource processed = plan.Steps == ProcessingSteps.None ? stored : new ProcessedWeights(stored, config, plan.Steps);
        var scales = NormScalePlan.Of(options?.NormScales ?? default, plan.Config);
        string[] notes =
        [
            .. location.Notes, .. parts.Tensors.Contents.Notes, .. found, .. known?.Notes(said, location.Repository != known.Id) ?? [],
            .. layout.Notes(parts, config), .. ConfigurationFields.Notes(config, parts.Config), .. plan.Notes, .. scales.Notes,
        ];
        return (parts, known, layout, scales.Apply(new TransformerWeights(plan.Config, processed, notes)));

        CheckpointParts PartsOf(CheckpointTensors tensors, ModelConfigFile? config)
        {
            var completed = KnownModels.Of(location.Repository, tensors)?.Complete(config) ?? config;
            return new(location.Name, tensors, completed) { Positions = options?.Positions };
        }
    }

    // What was named goes first, then the file's own, then the config.json beside it, then what are but settings in the file.
    private static ModelConfigFile?[] Configurations(CheckpointLocation location, TensorFile file, string? named)
    {
        if (named is null && file is { Config: { } own, IsConfigCertain: true })
            return [own];
        if ((named ?? location.Config) is { } path)
            return [ModelConfigFile.Open(path).TextPart];
        return file.Config is { } settings ? [settings, null] : [null];
    }
}
