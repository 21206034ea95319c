using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Trains a pair <c>A [d_model, r] B [r, d_model]</c> so that <c>W_E A B W_U</c> maps each row's token to its label: by default to itself,
/// the copier of the claim. The fitted circuit takes the place of an extracted one everywhere. Where the model's norms are held at fixed
/// scales, it acts through W_E as the heads of <see cref="TransformerWeights.ReadingLayer"/> read it, and is at one scale with these.
/// </summary>
/// <example>
/// <code>
/// LowRankCopierTrainer trainer = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16);
/// TokenCircuitTransformer copier = trainer.Fit(tokens);
/// Console.WriteLine($"{copier.Circuit.Name}: {copier.Fit!.Accuracy:P1} after {copier.Fit.Steps} steps");
/// </code>
/// </example>
public sealed class LowRankCopierTrainer : IEstimator<TokenCircuitTransformer>
{
    private readonly IHost _host;
    private readonly TransformerCheckpoint _model;
    private readonly Options _options;

    internal LowRankCopierTrainer(IHostEnvironment env, TransformerCheckpoint model, Options options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.OutputColumnName);
        int rank = options.Fit.Rank, dModel = model.Weights.Config.DModel;
        if (rank < 1 || rank > dModel)
            throw new ArgumentOutOfRangeException(nameof(options), rank, $"rank must be in [1, {dModel}], was {rank}.");
        if (options.LabelColumnName == options.TokenColumnName && model.Weights.Config.NoCopying is { } reason)
            throw new ArgumentException($"{reason} Name a key column over its outputs as the label (LabelColumnName).", nameof(options));
        _host = env.Register(nameof(LowRankCopierTrainer));
        _model = model;
        _options = options;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// A column is missing or of the wrong type, or no row has a token, a label and a weight above 0.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The MLContext was cancelled, or the options' token was cancelled before the first step.
    /// </exception>
    public TokenCircuitTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var weights = _model.Weights;
        var examples = ReadExamples(input);
        int seed = _options.Fit.Seed ?? (_host as IHostEnvironmentInternal)?.Seed ?? 1;
        using var channel = _host.Start("Training");
        using var progress = _host.StartProgressChannel("LowRankCopier");
        channel.Info($"Fitting rank {_options.Fit.Rank} on {examples.Tokens.Length} of {weights.Config.Vocabulary} tokens, seed {seed}.");
        FitProgress last = default;
        progress.SetHeader(new ProgressHeader(["loss", "accuracy"], ["steps"]), entry =>
        {
            entry.SetProgress(0, last.Step, last.Steps);
            entry.SetMetric(0, last.Loss);
            if (last.Accuracy is { } accuracy)
                entry.SetMetric(1, accuracy);
        });
        return HostCancellation.Run(_host, Fit, _options.CancellationToken);

        TokenCircuitTransformer Fit(CancellationToken cancellationToken)
        {
            var embedding = HostCancellation.WaitFor(() => weights.W_E, cancellationToken);
            var unembedding = HostCancellation.WaitFor(() => weights.W_U, cancellationToken);
            var fit = LowRankFitter.Fit(embedding, unembedding, examples, _options.Fit with { Seed = seed }, new ProgressRelay(now =>
            {
                _host.CheckAlive();
                last = now;
                _options.Progress?.Report(now);
            }), cancellationToken);
            _host.CheckAlive();
            channel.Info(string.Create(CultureInfo.InvariantCulture,
                $"Fitted in {fit.Steps} steps ({fit.StopReason}): log-loss {fit.LogLoss:F4} nats, accuracy {fit.Accuracy:P2}."));
            string name = $"trained, rank {_options.Fit.Rank}";
            // The options' token has no part in it: a fit that it cut short is kept.
            var circuit = HostCancellation.Run(_host,
                token => TokenCircuit.FromResidual(weights, name, fit.Residual, cancellationToken: token), CancellationToken.None);
            var annotated = AnnotatedCircuit.Of(circuit, _model.Vocabulary, _model.OutputVocabulary);
            return new(_host, _options.OutputColumnName, _options.TokenColumnName, annotated) { Fit = fit };
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.RequireTokenKey("token", _options.TokenColumnName);
        inputSchema.RequireTokenKey("label", _options.LabelColumnName);
        RequireWeights(inputSchema);
        bool otherOutputs = _model.Weights.Config.NoCopying is not null;
        return inputSchema.With(CircuitColumns.CircuitShape(_options.OutputColumnName, otherOutputs));
    }

    private void RequireWeights(SchemaShape shape)
    {
        if (_options.ExampleWeightColumnName is not { } name)
            return;
        bool found = shape.TryFindColumn(name, out var column);
        bool isScalar = found && column.Kind == SchemaShape.Column.VectorKind.Scalar && !column.IsKey;
        if (!isScalar || !column.ItemType.Equals(NumberDataViewType.Single))
            throw CircuitColumns.Mismatch("weight", name, "a scalar Single", column.IsValid ? column.GetTypeString() : null);
    }

    private DataViewSchema.Column? FindWeights(DataViewSchema schema)
    {
        if (_options.ExampleWeightColumnName is not { } name)
            return null;
        var column = schema.GetColumnOrNull(name);
        return column?.Type.Equals(NumberDataViewType.Single) == true
            ? column
            : throw CircuitColumns.Mismatch("weight", name, "a scalar Single", column?.Type.ToString());
    }

    private FitExamples ReadExamples(IDataView input)
    {
        var config = _model.Weights.Config;
        var token = input.Schema.RequireTokenKey("token", _options.TokenColumnName, config.Vocabulary);
        var label = input.Schema.RequireLabel(_options.LabelColumnName, config.OutputVocabulary, config.NoCopying is null);
        var weight = FindWeights(input.Schema);
        List<int> tokens = [], labels = [];
        List<float> weights = [];
        using var cursor = input.GetRowCursor(weight is { } used ? [token, label, used] : [token, label]);
        var getToken = cursor.GetGetter<uint>(token);
        var getLabel = cursor.GetGetter<uint>(label);
        var getWeight = weight is { } weighted ? cursor.GetGetter<float>(weighted) : (ref float one) => one = 1;
        uint tokenKey = 0, labelKey = 0;
        float rowWeight = 1;
        while (cursor.MoveNext())
        {
            getToken(ref tokenKey);
            getLabel(ref labelKey);
            getWeight(ref rowWeight);
            if (tokenKey == 0 || labelKey == 0)
                continue; // a missing token or label teaches nothing
            tokens.Add((int)tokenKey - 1);
            labels.Add((int)labelKey - 1);
            weights.Add(rowWeight);
        }
        if (tokens.Count == 0)
            throw new ArgumentException("No row has a token and a label: there is nothing to fit.", nameof(input));
        return new([.. tokens], [.. labels], weight is null ? null : [.. weights]);
    }

    // Progress<T> posts to another thread; this reports in order, where the fit runs.
    private sealed class ProgressRelay(Action<FitProgress> report) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => report(value);
    }

    /// <summary>Options of the <c>LowRankCopier</c> trainer: its columns, and how it fits.</summary>
    public sealed class Options
    {
        /// <summary>The circuit column that the fitted copier makes. Default <c>Circuit</c>.</summary>
        public string OutputColumnName { get; init; } = "Circuit";

        /// <summary>The key column of source tokens. Default <c>TokenId</c>.</summary>
        public string TokenColumnName { get; init; } = "TokenId";

        /// <summary>
        /// The key column of the outputs to map to. Default <c>TokenId</c>: copying, which a model whose outputs are not its tokens has
        /// not.
        /// </summary>
        public string LabelColumnName { get; init; } = "TokenId";

        /// <summary>A Single column that weights the rows, or null for equal weights.</summary>
        public string? ExampleWeightColumnName { get; init; }

        /// <summary>
        /// Rank and optimisation. Where its seed is null, the MLContext's is used, and 1 where that has none: ML.NET's trainers would then
        /// differ from run to run, this one does not.
        /// </summary>
        public required LowRankFitOptions Fit { get; init; }

        /// <summary>Told after every step, beside ML.NET's own progress channel.</summary>
        public IProgress<FitProgress>? Progress { get; init; }

        /// <summary>A cancelled fit keeps the best factors so far.</summary>
        public CancellationToken CancellationToken { get; init; }
    }
}
