using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Scores a circuit column against the whole vocabulary. Fitting only checks the data: the circuit comes with the column.
/// </summary>
/// <example>
/// <code>
/// TopKScoringEstimator estimator = ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { K = 3, OutputColumnPrefix = "Head" });
/// var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(estimator);
/// Console.WriteLine(ml.OVCircuits().Evaluate(pipeline.Fit(tokens).Transform(tokens), labelRankColumnName: "HeadLabelRank",
///     labelLogLossColumnName: "HeadLabelLogLoss"));
/// </code>
/// </example>
public sealed class TopKScoringEstimator : IEstimator<TopKScoringTransformer>
{
    private readonly IHost _host;
    private readonly Options _options;

    internal TopKScoringEstimator(IHostEnvironment env, Options options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TopKScoringTransformer.Check(options);
        _host = env.Register(nameof(TopKScoringEstimator));
        _options = options;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The circuit column carries no circuit, the label column is over another vocabulary, one that was named is missing, or K is above
    /// V_out.
    /// </exception>
    public TopKScoringTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new TopKScoringTransformer(_host, _options);
        transformer.GetOutputSchema(input.Schema);
        if (_options.LabelColumnName is { } label && label != Options.TokenLabel && input.Schema.GetColumnOrNull(label) is null)
            throw CircuitColumns.Mismatch("label", label, "a key over the circuit's outputs", null);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The circuit column is missing or carries no circuit, or the label column is no key, or was named and is missing.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        string circuit = _options.CircuitColumnName;
        if (!inputSchema.TryFindColumn(circuit, out var column) || !CircuitColumns.CircuitShape(circuit).IsCompatibleWith(column))
        {
            string? found = column.IsValid ? column.GetTypeString() : null;
            throw CircuitColumns.Mismatch("circuit", circuit, "a Vector<Single> that carries a token circuit", found);
        }
        bool labelled = _options.LabelColumnName switch
        {
            null => false,
            Options.TokenLabel => inputSchema.TryFindColumn(Options.TokenLabel, out _) && !column.HasOtherOutputs(),
            _ => true, // it was named, and has to be there
        };
        if (labelled)
            inputSchema.RequireTokenKey("label", _options.LabelColumnName!);
        return inputSchema.With([.. ScoreColumns.Shapes(_options, labelled)]);
    }

    /// <summary>Options of <c>ScoreTopK</c>.</summary>
    public sealed class Options
    {
        /// <summary>The circuit column to score. Default <c>Circuit</c>.</summary>
        public string CircuitColumnName { get; init; } = "Circuit";

        // The label of copying.
        internal const string TokenLabel = "TokenId";

        /// <summary>
        /// The key column of labels, over the circuit's outputs; null where nothing is to be computed of labels. Default <c>TokenId</c>:
        /// the label of copying is the token itself. Any other has to be there when the estimator is fitted. Data without it can be
        /// transformed all the same, and has then no columns of labels. A circuit whose outputs are not its tokens (<see
        /// cref="TokenCircuit.NoCopying"/>) has no label by default, and nothing is computed of one.
        /// </summary>
        public string? LabelColumnName { get; init; } = TokenLabel;

        /// <summary>
        /// What the names of the added columns begin with, so that several circuits are scored in one pipeline: with <c>Head</c> they are
        /// <c>HeadPredictedLabel</c>, <c>HeadLabelRank</c> and so on. Default none.
        /// </summary>
        public string OutputColumnPrefix { get; init; } = "";

        /// <summary>How many top tokens, in [1, 1024] and at most V_out. Default 5.</summary>
        public int K { get; init; } = 5;

        /// <summary>
        /// Whether to add <c>Score</c>, a vector of all V_out probabilities: what ML.NET's own multiclass evaluator wants. It costs V_out
        /// values a row where it is read. Default false.
        /// </summary>
        public bool Probabilities { get; init; }

        /// <summary>
        /// What scores; chosen at run time and never saved (<see cref="ScoringEngines.WithEngine"/> for a loaded model). Default
        /// <see cref="CpuEngine.Shared"/>.
        /// </summary>
        public IScoringEngine Engine { get; init; } = CpuEngine.Shared;

        /// <summary>Checked within every block of rows. Never saved.</summary>
        public CancellationToken CancellationToken { get; init; }

        internal Options With(IScoringEngine engine) => new()
        {
            CircuitColumnName = CircuitColumnName,
            LabelColumnName = LabelColumnName,
            OutputColumnPrefix = OutputColumnPrefix,
            K = K,
            Probabilities = Probabilities,
            Engine = engine,
            CancellationToken = CancellationToken,
        };
    }
}
