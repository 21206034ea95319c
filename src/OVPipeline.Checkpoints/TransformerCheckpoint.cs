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

    /// <summary>From text to token ids, where the checkpoint has a tokenizer.</summary>
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

    /// <summary>The same tokens with other weights of the same vocabulary: with norms held at other scales, say.</summary>
    /// <exception cref="ArgumentException">The weights are of another vocabulary.</exception>
    public TransformerCheckpoint WithWeights(TransformerWeights weights) =>
        new(weights, Vocabulary, Tokenizer) { OutputVocabulary = OutputVocabulary, Layout = Layout, Tensors = Tensors };

    /// <summary>Loads a model, its weights as stored. Headers are read and checked now, weights when they are asked for.</summary>
    /// <param name="source">
    /// A folder with config.json, weights and tokenizer; a file of weights (safetensors, PyTorch, an index of several) that may have
    /// them beside it; or a hub id such as <c>gpt2</c> or <c>EleutherAI/pythia-70m</c>, whose files are fetched into the hub's cache
    /// where they are not there yet.
    /// </param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    public static TransformerCheckpoint Load(string source) => Load(source, new CheckpointOptions());

    /// <inheritdoc cref="Load(string)"/>
    /// <param name="source">As in <see cref="Load(string)"/>.</param>
    /// <param name="options">What to do to the weights. What was done is in <see cref="TransformerWeights.Processing"/>.</param>
    public static TransformerCheckpoint Load(string source, CheckpointOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        if (CheckpointLocation.Find(source) is { } here)
            return Open(here, options);
        using var hub = new HubClient();
        return Open(Fetch(source, hub, null, default), options);
    }

    /// <summary>Loads a model, with a say in how an id is fetched.</summary>
    /// <param name="source">As in <see cref="Load(string)"/>.</param>
    /// <param name="options">What to do to the weights, or null.</param>
    /// <param name="hub">The client that fetches ids.</param>
    /// <param name="progress">Told about each part of each file that is fetched.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">It cannot be used; the message says why.</exception>
    public static TransformerCheckpoint Load(string source, CheckpointOptions? options, HubClient hub,
        IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(hub);
        return Open(CheckpointLocation.Find(source) ?? Fetch(source, hub, progress, cancellationToken), options);
    }

    private static TransformerCheckpoint Open(CheckpointLocation location, CheckpointOptions? options)
    {
        var tensors = CheckpointTensors.Open(location.Weights);
        var said = tensors.Contents.Config ?? (location.Config is { } path ? ModelConfigFile.Open(path) : null);
        var parts = new CheckpointParts(location.Name, tensors, said);
        var layout = WeightLayouts.Of(parts);
        var config = ConfigurationFields.WithWhatIsNotCovered(layout.Configure(parts), parts.Config);
        var stored = new LayoutWeights(layout, parts, config);
        var plan = ProcessingPlan.Of(options ?? new(), config, stored, parts.Config);
        IWeightSource processed = plan.Steps == ProcessingSteps.None ? stored : new ProcessedWeights(stored, config, plan.Steps);
        var scales = NormScalePlan.Of(options?.NormScales ?? default, plan.Config);
        string[] notes =
        [
            .. tensors.Contents.Notes, .. layout.Notes(parts, config), .. ConfigurationFields.Notes(config, parts.Config),
            .. plan.Notes, .. scales.Notes,
        ];
        var weights = new TransformerWeights(plan.Config, processed, notes);
        CheckpointTokens tokens = tensors.Contents.Tokens?.Invoke(config.Vocabulary)
            ?? CheckpointTokenizer.Load(location.Folder, config.Vocabulary);
        return new(scales.Apply(weights), tokens.Vocabulary, tokens.Tokenizer)
        {
            OutputVocabulary = config.NoCopying is null ? tokens.Vocabulary : OutputNames.Of(parts.Config, config.OutputVocabulary),
            Layout = layout.Name,
            Tensors = tensors,
            NoTokenizer = tokens.NoTokenizer,
        };
    }

    private static CheckpointLocation Fetch(string id, HubClient hub, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        if (!HubClient.IsId(id))
            throw new CheckpointException(id, null, "there is no such file or folder.");
        try
        {
            return CheckpointLocation.Find(hub.Resolve(id, progress: progress, cancellationToken: cancellationToken))! with { Name = id };
        }
        catch (CheckpointException e)
        {
            throw new CheckpointException(id, null, $"there is no such file or folder, and it cannot be had from the hub: {e.Message}", e);
        }
    }
}
