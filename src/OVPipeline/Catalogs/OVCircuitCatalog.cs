using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>Trainers and evaluation for OV circuits. Made by <c>ml.OVCircuits()</c>.</summary>
public sealed class OVCircuitCatalog : TrainCatalogBase
{
    // What accuracies are given up to, by default.
    private const int TopKPredictions = 10;

    internal OVCircuitCatalog(IHostEnvironment env) : base(env, nameof(OVCircuitCatalog)) => Trainers = new(this);

    /// <summary>Trainers of circuits.</summary>
    public OVCircuitTrainers Trainers { get; }

    /// <summary>
    /// Evaluates data that <c>ScoreTopK</c> scored, streaming: nothing is kept of the rows. Rows without a label are left out. Only
    /// <c>LabelRank</c> and <c>LabelLogLoss</c> are read, and how many outputs there are, V_out, from an annotation of these two.
    /// </summary>
    /// <param name="data">Scored data with the two columns; of several of one name, the last.</param>
    /// <param name="labelColumnName">
    /// The label that the ranks have to be of; null (the default) for the one that <c>ScoreTopK</c> was given. It is not read.
    /// </param>
    /// <param name="labelRankColumnName">The column of ranks: with a prefix, where <c>ScoreTopK</c> was given one.</param>
    /// <param name="labelLogLossColumnName">The column of log-losses.</param>
    /// <param name="topKPredictionCount">Accuracies are given for k = 1 to this, and to V_out at most.</param>
    /// <exception cref="ArgumentException">
    /// The data was not scored with labels or with another, a column has lost its V_out, or the two are of different steps.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK());
    /// var scored = pipeline.Fit(tokens).Transform(tokens);
    /// var metrics = ml.OVCircuits().Evaluate(scored, topKPredictionCount: 5);
    /// Console.WriteLine($"Top-1 {metrics.Top1Accuracy:P1}, top-5 {metrics.TopKAccuracyForAllK[4]:P1} of {metrics.TokenCount} tokens");
    /// </code>
    /// </example>
    public OVCircuitMetrics Evaluate(IDataView data, string? labelColumnName = null, string labelRankColumnName = ScoreColumns.LabelRank,
        string labelLogLossColumnName = ScoreColumns.LabelLogLoss, int topKPredictionCount = TopKPredictions)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(topKPredictionCount, 1);
        var labels = new RankedLabels(data, labelRankColumnName, labelLogLossColumnName, labelColumnName);
        using var channel = Environment.Register(nameof(OVCircuitCatalog)).Start(nameof(Evaluate));
        var metrics = new OVCircuitMetrics(labels.Rows(), labels.Outputs, Math.Min(topKPredictionCount, labels.Outputs));
        channel.Info(metrics.ToString());
        return metrics;
    }

    /// <summary>
    /// Compares two circuits that <c>ScoreTopK</c> scored in one pipeline, each under its own prefix, token by token: McNemar's test of the
    /// accuracies, and the differences of accuracy, mean reciprocal rank and log-loss with intervals over groups of tokens.
    /// </summary>
    /// <remarks>Four numbers a row are kept, and 2,000 resamples are made of the groups.</remarks>
    /// <param name="data">Data with the label columns of both.</param>
    /// <param name="firstPrefix">The first's <see cref="TopKScoringEstimator.Options.OutputColumnPrefix"/>.</param>
    /// <param name="secondPrefix">The second's. Differences are the second's figures less the first's.</param>
    /// <param name="groupColumnName">
    /// A column of texts or keys, by whose values rows belong together: by default <c>TokenGroup</c>, which <c>LoadVocabulary</c> adds and
    /// in which variants by case and leading space are one. Null takes each row by itself.
    /// </param>
    /// <param name="topKPredictionCount">Accuracies are compared for k = 1 to this, and to V_out at most.</param>
    /// <param name="confidenceLevel">Level of the intervals, in (0, 1).</param>
    /// <param name="seed">Seed of the resamples; null for the MLContext's, or 1 where it has none.</param>
    /// <exception cref="ArgumentException">
    /// A column is missing, the two were scored against different labels or outputs, or the rows are of fewer than 2 groups.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    /// <example>
    /// <code>
    /// var both = ml.Transforms.ExtractOVCircuit("HeadRow", "TokenId", model, new HeadIndex(1, 1))
    ///     .Append(ml.Transforms.ScoreTopK("HeadRow", outputColumnPrefix: "Head"))
    ///     .Append(ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16, outputColumnName: "CopierRow"))
    ///     .Append(ml.Transforms.ScoreTopK("CopierRow", outputColumnPrefix: "Copier"));
    /// var comparison = ml.OVCircuits().Compare(both.Fit(tokens).Transform(tokens), "Head", "Copier");
    /// Console.WriteLine($"Difference {comparison.Top1Difference}, McNemar {comparison.McNemarForAllK[0]}");
    /// </code>
    /// </example>
    public OVCircuitComparison Compare(IDataView data, string firstPrefix, string secondPrefix,
        string? groupColumnName = VocabularyCatalog.TokenGroup, int topKPredictionCount = TopKPredictions, double confidenceLevel = 0.95,
        int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(firstPrefix);
        ArgumentNullException.ThrowIfNull(secondPrefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(topKPredictionCount, 1);
        var first = Labels(data, firstPrefix);
        var second = Labels(data, secondPrefix);
        if (first.Outputs != second.Outputs || first.Label != second.Label)
        {
            throw new ArgumentException($"'{firstPrefix}' ranks '{first.Label}' of {first.Outputs} and '{secondPrefix}' ranks "
                + $"'{second.Label}' of {second.Outputs}: there is nothing to compare.", nameof(secondPrefix));
        }
        using var channel = Environment.Register(nameof(OVCircuitCatalog)).Start(nameof(Compare));
        int own = seed ?? (Environment as IHostEnvironmentInternal)?.Seed ?? 1;
        var comparison = PairedScores.Read(data, first, second, groupColumnName)
            .Compare(first.Outputs, Math.Min(topKPredictionCount, first.Outputs), confidenceLevel, own);
        channel.Info(comparison.ToString());
        return comparison;
    }

    /// <summary>
    /// Trains and evaluates on folds of the data, over tokens, with ML.NET's own splits. Variants of a token, by case and leading space,
    /// are in one fold by default: what is learned of one tells much of the others.
    /// </summary>
    /// <param name="data">The data, such as <c>ml.Data.LoadVocabulary(model)</c>.</param>
    /// <param name="estimator">A pipeline that ends in <c>ScoreTopK</c>.</param>
    /// <param name="numberOfFolds">At least 2.</param>
    /// <param name="samplingKeyColumnName">
    /// Rows with the same value stay together: by default <c>TokenGroup</c>, which <c>LoadVocabulary</c> adds. Null splits rows one by one.
    /// Not <c>TokenId</c>: that splits by id, not at random.
    /// </param>
    /// <param name="seed">Seed of the split; null for the MLContext's.</param>
    /// <param name="outputColumnPrefix">The prefix of the <c>ScoreTopK</c> to evaluate.</param>
    /// <exception cref="ArgumentException">The sampling key column is missing, or the estimator does not score with labels.</exception>
    /// <example>
    /// <code>
    /// var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK());
    /// foreach (var fold in ml.OVCircuits().CrossValidate(tokens, copier, numberOfFolds: 3))
    ///     Console.WriteLine($"On tokens that it was not trained on: {fold.Metrics.Top1Accuracy:P1}");
    /// </code>
    /// </example>
    public IReadOnlyList<CrossValidationResult<OVCircuitMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5,
        string? samplingKeyColumnName = VocabularyCatalog.TokenGroup, int? seed = null, string outputColumnPrefix = "")
    {
        ArgumentNullException.ThrowIfNull(data);
        if (samplingKeyColumnName is { } name && data.Schema.GetColumnOrNull(name) is null)
            throw CircuitColumns.Mismatch("sampling key", name, "what keeps variants of a token in one fold, or null to split rows", null);
        return [.. CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed).Select(Evaluated)];

        CrossValidationResult<OVCircuitMetrics> Evaluated(CrossValidationResult fold) =>
            new(fold.Model, Evaluate(fold.Scores, outputColumnPrefix, TopKPredictions), fold.Scores, fold.Fold);
    }

    /// <summary>
    /// Fits the one temperature at which a circuit's logits predict the labels best, so that log-losses of circuits of different scale
    /// can be compared. Reads the rows into memory; of many rows most steps see a sample, and one pass sees them all.
    /// </summary>
    /// <param name="data">Data with a circuit column and labels; it need not be scored.</param>
    /// <param name="circuitColumnName">The circuit column.</param>
    /// <param name="labelColumnName">The key column of labels, over the circuit's outputs.</param>
    /// <param name="engine">What scores; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every pass.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or no row has a label.</exception>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK());
    /// var scored = pipeline.Fit(tokens).Transform(tokens);
    /// var fit = ml.OVCircuits().FitTemperature(scored);
    /// Console.WriteLine($"Log-loss {fit.LogLoss:F3} at inverse temperature {fit.InverseTemperature:G3}");
    /// </code>
    /// </example>
    public TemperatureFit FitTemperature(
        IDataView data, string circuitColumnName = "Circuit", string labelColumnName = "TokenId", IScoringEngine? engine = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        return FitTemperature(data, circuitColumnName, labelColumnName, engine, (columns, rows, labels, by, token) => labels.Length > 0
            ? (TemperatureFit.Fit(by, columns, rows, labels, token), labels.Length)
            : throw new ArgumentException("No row has a token and a label: there is nothing to fit a temperature to.", nameof(data)),
            cancellationToken).Fit;
    }

    private (TemperatureFit Fit, T More) FitTemperature<T>(IDataView data, string circuitColumnName, string labelColumnName,
        IScoringEngine? engine, TemperatureWork<T> work, CancellationToken cancellationToken)
    {
        var options = new TopKScoringEstimator.Options { CircuitColumnName = circuitColumnName, LabelColumnName = labelColumnName, K = 1 };
        var binding = new ScoringBinding(options, data.Schema);
        if (binding.LabelColumn is not { } label)
            throw data.Schema.GetColumnOrNull(labelColumnName) is null
                ? CircuitColumns.Mismatch("label", labelColumnName, "a key over the vocabulary", null)
                : CircuitColumns.NoLabel(binding.Circuit.Circuit, nameof(labelColumnName));
        var rows = CircuitRows.Read(data, binding, label);
        var host = Environment.Register(nameof(OVCircuitCatalog));
        using var channel = host.Start(nameof(FitTemperature));
        var found = HostCancellation.Run(host, token => work(
            binding.Circuit.Circuit.Columns, rows.Values, rows.Labels, engine ?? CpuEngine.Shared, token),
            cancellationToken);
        channel.Info(string.Create(CultureInfo.InvariantCulture, $"{rows.Labels.Length} tokens: "
            + $"log-loss {found.Fit.LogLoss:F4} nats at inverse temperature {found.Fit.InverseTemperature:G4}."));
        return found;
    }

    private delegate (TemperatureFit Fit, T More) TemperatureWork<T>(
        OutputColumns columns, ReadOnlyMemory<float> rows, int[] labels, IScoringEngine engine, CancellationToken cancellationToken);

    /// <summary>
    /// How many tokens each of many sums of heads' OV circuits copies, exactly, over the whole vocabulary: heads that several sums share
    /// are scored once, so that all pairs of a layer cost little more than its heads.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="sums">The heads of each sum, each once; of any layers.</param>
    /// <param name="engine">What scores; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every block of rows.</param>
    /// <returns>A count for each sum, in their order.</returns>
    /// <exception cref="ArgumentException">A sum has no head or one twice, or copying is not defined in the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    /// <example>
    /// <code>
    /// HeadIndex[] one = [new(1, 1)], both = [new(1, 1), new(1, 7)];
    /// foreach (var count in ml.OVCircuits().CountCopying(model, [one, both]))
    ///     Console.WriteLine(count);
    /// </code>
    /// </example>
    public IReadOnlyList<CopyingCount> CountCopying(TransformerCheckpoint model, IReadOnlyList<IReadOnlyList<HeadIndex>> sums,
        IScoringEngine? engine = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var host = Environment.Register(nameof(OVCircuitCatalog));
        using var channel = host.Start(nameof(CountCopying));
        var counts = HostCancellation.Run(host, token => CopyingCount.Of(model.Weights, sums, engine, token), cancellationToken);
        channel.Info(string.Create(CultureInfo.InvariantCulture, $"{counts.Count} sums of heads over {model.Vocabulary.Count} tokens."));
        return counts;
    }

    /// <summary>
    /// Finds the heads of a model that copy, and the two of a layer that copy most together, whatever the layer: the one answer that every
    /// sample uses. Only ranks are scored, exactly, over the whole vocabulary.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How to look, with engine, progress and cancellation; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">No pair may be scored.</exception>
    /// <exception cref="InvalidOperationException">Copying is not defined in the model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <example>
    /// <code>
    /// var found = ml.OVCircuits().FindCopyingHeads(model);
    /// Console.WriteLine($"Best head {found.BestHead.Name}, best pair {found.BestPair?.Name}");
    /// </code>
    /// </example>
    public CopyingHeads FindCopyingHeads(TransformerCheckpoint model, CopyingHeadsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var host = Environment.Register(nameof(OVCircuitCatalog));
        using var channel = host.Start(nameof(FindCopyingHeads));
        options ??= new();
        var found = HostCancellation.Run(host,
            token => CopyingHeads.Find(model.Weights, options with { CancellationToken = token }), options.CancellationToken);
        string pair = found.BestPair is { } best ? $"{best.Name} of {found.PairCount} pairs" : "no pair";
        channel.Info(string.Create(CultureInfo.InvariantCulture,
            $"Best copiers: {found.BestHead.Name} of {found.Heads.Count} heads, {pair}."));
        return found;
    }

    /// <summary>
    /// A circuit's row of a comparison, from data that it scored: accuracies, d', log-losses at natural scale and after one temperature,
    /// and the copying score.
    /// </summary>
    /// <param name="data">Data scored by <c>ScoreTopK</c> with labels.</param>
    /// <param name="name">What tables call the circuit.</param>
    /// <param name="kind">What kind of circuit it is.</param>
    /// <param name="circuitColumnName">The circuit column.</param>
    /// <param name="labelColumnName">The key column of labels.</param>
    /// <param name="outputColumnPrefix">The prefix of the score columns.</param>
    /// <param name="engine">What fits the temperature; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every pass.</param>
    /// <exception cref="ArgumentException">The data was not scored with labels, or a column is missing.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK());
    /// var scored = pipeline.Fit(tokens).Transform(tokens);
    /// var row = ml.OVCircuits().EvaluateCopying(scored, "head 1.1", CircuitKind.Head);
    /// Console.WriteLine($"{row.Name}: top-1 {row.Top1:P1}, log-loss {row.LogLossCalibrated:F3} at its best temperature");
    /// </code>
    /// </example>
    public CopyingRow EvaluateCopying(IDataView data, string name, CircuitKind kind, string circuitColumnName = "Circuit",
        string labelColumnName = "TokenId", string outputColumnPrefix = "", IScoringEngine? engine = null,
        CancellationToken cancellationToken = default)
    {
        const int TopFive = 5;
        ArgumentNullException.ThrowIfNull(data);
        int outputs = Labels(data, outputColumnPrefix).Outputs; // and that it was scored with labels
        var circuit = data.Schema[circuitColumnName].GetTokenCircuit();
        var (temperature, metrics) = FitTemperature(data, circuitColumnName, labelColumnName, engine, (columns, rows, labels, by, token) =>
        {
            // Ranks and log-losses at natural scale come from the pass that fits the temperature: the data's own need another.
            if (labels.Length == 0)
                throw OVCircuitMetrics.NoRows();
            var natural = new NaturalScores(labels.Length);
            var fit = TemperatureFit.Evaluate(by, columns, rows, labels, natural, token);
            var scores = natural.Ranks.Zip(natural.LogLosses, (rank, loss) => new LabelScore((uint)rank, loss));
            return (fit, new OVCircuitMetrics(scores, outputs, Math.Min(TopFive, outputs)));
        }, cancellationToken);
        return new()
        {
            Name = name,
            Kind = kind,
            Heads = circuit.Heads,
            Rank = circuit.Rank,
            Tokens = metrics.TokenCount,
            Top1 = metrics.Top1Accuracy,
            Top5 = metrics.TopKAccuracyForAllK.Count >= TopFive ? metrics.TopKAccuracyForAllK[TopFive - 1] : null,
            Mrr = metrics.MeanReciprocalRank,
            DPrime = metrics.SignalSeparation,
            LogLoss = metrics.CrossEntropy,
            LogLossCalibrated = temperature.LogLoss,
            CopyingScore = circuit.NoCopying is null ? circuit.CopyingScore() : null,
        };
    }

    private OVCircuitMetrics Evaluate(IDataView data, string prefix, int topK) => Evaluate(data,
        labelRankColumnName: prefix + ScoreColumns.LabelRank, labelLogLossColumnName: prefix + ScoreColumns.LabelLogLoss,
        topKPredictionCount: topK);

    private static RankedLabels Labels(IDataView data, string prefix) =>
        new(data, prefix + ScoreColumns.LabelRank, prefix + ScoreColumns.LabelLogLoss, null);
}
