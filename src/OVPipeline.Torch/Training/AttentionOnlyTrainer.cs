using OVPipeline.Checkpoints;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Trains an <see cref="Transformer"/> to predict the next token: AdamW, warm-up and cosine, clipping by norm. On the
/// processor the same options, data and number of threads on the same machine give the same bits, resumed or not.
/// </summary>
/// <param name="options">How to train.</param>
public sealed class AttentionOnlyTrainer(TrainingOptions options)
{
    /// <summary>How the model is trained.</summary>
    public TrainingOptions Options { get; } = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>Trains a model in place.</summary>
    /// <param name="model">The model, on the CPU.</param>
    /// <param name="data">What it is trained and tested on.</param>
    /// <param name="output">
    /// Where checkpoints, the log and the model go; null to write nothing and measure only the validation loss, at the end.
    /// </param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Stops after the step that is running; a run that has an output saves a checkpoint first.</param>
    /// <exception cref="ArgumentException">An option is out of range, or model and data do not fit each other.</exception>
    /// <exception cref="CheckpointException">A token file has fewer tokens than one window, or is damaged.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TrainingResult Fit(
        Transformer model,
        TrainingData data,
        TrainingOutput? output = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        return Fit(model, data, null, output, progress, cancellationToken);
    }

    /// <summary>Goes on with a run, its model in place, as if it had not been interrupted.</summary>
    /// <param name="checkpoint">Where the run stands.</param>
    /// <param name="data">The same data.</param>
    /// <param name="output">
    /// As in <see cref="Fit(Transformer, TrainingData, TrainingOutput?, IProgress{TrainingProgress}?, CancellationToken)"/>.
    /// </param>
    /// <param name="progress">Told after every step.</param>
    /// <param name="cancellationToken">Stops after the step that is running.</param>
    /// <exception cref="ArgumentException">The data are not those of the run.</exception>
    /// <exception cref="CheckpointException">The optimiser's state is of other parameters.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not finite.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TrainingResult Resume(
        TrainingCheckpoint checkpoint,
        TrainingData data,
        TrainingOutput? output = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(data);
        return Fit(checkpoint.Model, data, checkpoint, output, progress, cancellationToken);
    }

    private TrainingResult Fit(
        Transformer model,
        TrainingData data,
        TrainingCheckpoint? from,
        TrainingOutput? output,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        Options.Validate();
        int context = Options.Context ?? model.Config.Context;
        RequireFit(model, data, context);
        int threadsBefore = get_num_threads();
        set_num_threads(Options.ThreadCount);
        try
        {
            using var run = new TrainingRun(model, data, Options, context, output, progress);
            if (from is not null)
                run.Restore(from);
            return run.Go(cancellationToken);
        }
        finally
        {
            set_num_threads(threadsBefore);
        }
    }

    private static void RequireFit(Transformer model, TrainingData data, int context)
    {
        ModelShape.RequireNextTokens(model.Config);
        if (!model.Shape.IsTrained)
            throw new ArgumentException($"{model.Config.Name} is no model that is trained here: {ModelShape.Trained}.");
        if (model.Config.Bidirectional)
            throw new ArgumentException("Training predicts next tokens, which a model that attends in both directions sees.");
        if (context > model.Config.Context)
            throw new ArgumentException($"Context must be at most the model's n_ctx {model.Config.Context}, was {context}.");
        if (data.Training.Vocabulary > model.Config.Vocabulary)
            throw new ArgumentException(
                $"The data's tokenizer has {data.Training.Vocabulary} tokens, the model's W_E {model.Config.Vocabulary} rows: " +
                "they do not belong together.");
        if (data.Validation is { } validation && validation.TokenizerDigest != data.Training.TokenizerDigest)
            throw new ArgumentException($"{validation.Path} and {data.Training.Parts[0].File.Path} were made with different tokenizers.");
        if (data.Validation is { } text && text.Count < context)
            throw new CheckpointException(text.Path, null, $"has {text.Count} tokens, fewer than one window of {context}.");
        if (model.named_parameters().FirstOrDefault(named => !IsTrainable(named.parameter)) is { name: { } name })
            throw new ArgumentException(
                $"Training runs on the processor in single precision; {name} is elsewhere: call model.cpu().to(ScalarType.Float32).");
    }

    private static bool IsTrainable(Tensor parameter) =>
        parameter.device_type == TorchSharp.DeviceType.CPU && parameter.dtype == ScalarType.Float32;
}
