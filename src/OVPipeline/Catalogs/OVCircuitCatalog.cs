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
    internal OVCircuitCatalog(IHostEnvironment env) : base(env, nameof(OVCircuitCatalog)) => Trainers = new(this);

    /// <summary>Trainers of circuits.</summary>
    public OVCircuitTrainers Trainers { get; }

    /// <summary>
    /// Evaluates data that <c>ScoreTopK</c> scored, streaming: nothing is kept of the rows. Rows without a label are left out. Only
    /// <c>LabelRank</c> and <c>LabelLogLoss</c> are read, and how many outputs there are, V_out, from an annotation of these two.
    /// </summary>
    /// <param name="data">Scored data with the columns <c>LabelRank</c> and <c>LabelLogLoss</c>; of two such, the last.</param>
    /// <param name="topK">Accuracies are given for k = 1 to this, and to V_out at most.</param>
    /// <exception cref="ArgumentException">
    /// The data was not scored with labels, a column has lost its V_out, or the two are of different V_out.
    /// </exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public OVCircuitMetrics Evaluate(IDataView data, int topK = 10)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(topK, 1);
        var rank = Require(data.Schema, ScoreColumns.LabelRank, NumberDataViewType.UInt32);
        var loss = Require(data.Schema, ScoreColumns.LabelLogLoss, NumberDataViewType.Double);
        int vocabulary = ScoreColumns.VocabularySizeOf(rank), ofLoss = ScoreColumns.VocabularySizeOf(loss);
        if (vocabulary != ofLoss)
        {
            throw new ArgumentException($"'{rank.Name}' is of {vocabulary} tokens and '{loss.Name}' of {ofLoss}: "
                + "they are of different ScoreTopK steps.", nameof(data));
        }
        using var channel = Environment.Register(nameof(OVCircuitCatalog)).Start(nameof(Evaluate));
        var metrics = new OVCircuitMetrics(Rows(), vocabulary, Math.Min(topK, vocabulary));
        channel.Info(string.Create(CultureInfo.InvariantCulture,
            $"{metrics.TokenCount} tokens: top-1 {metrics.Top1Accuracy:P2}, log-loss {metrics.CrossEntropy:F4} nats."));
        return metrics;

        IEnumerable<(uint, double)> Rows()
        {
            using var cursor = data.GetRowCursor([rank, loss]);
            var getRank = cursor.GetGetter<uint>(rank);
            var getLoss = cursor.GetGetter<double>(loss);
            uint labelRank = 0;
            double logLoss = 0;
            while (cursor.MoveNext())
            {
                getRank(ref labelRank);
                if (labelRank == 0)
                    continue;
                getLoss(ref logLoss);
                yield return (labelRank, logLoss);
            }
        }
    }

    /// <summary>Trains and evaluates on folds of the data, over tokens, with ML.NET's own splits.</summary>
    /// <param name="data">The data, such as <c>ml.Data.LoadVocabulary(model)</c>.</param>
    /// <param name="estimator">A pipeline that ends in <c>ScoreTopK</c>.</param>
    /// <param name="numberOfFolds">At least 2.</param>
    /// <param name="samplingKeyColumnName">
    /// Rows with the same value stay together. Not <c>TokenId</c>: that splits by id, not at random.
    /// </param>
    /// <param name="seed">Seed of the split; null for the MLContext's.</param>
    public IReadOnlyList<CrossValidationResult<OVCircuitMetrics>> CrossValidate(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string? samplingKeyColumnName = null,
        int? seed = null) =>
        [.. CrossValidateTrain(data, estimator, numberOfFolds, samplingKeyColumnName, seed)
            .Select(fold => new CrossValidationResult<OVCircuitMetrics>(fold.Model, Evaluate(fold.Scores), fold.Scores, fold.Fold))];

    /// <summary>
    /// Fits the one temperature at which a circuit's logits predict the labels best, so that log-losses of circuits of different scale
    /// can be compared. Reads the rows into memory and passes over them several times.
    /// </summary>
    /// <param name="data">Data with a circuit column and labels; it need not be scored.</param>
    /// <param name="circuitColumnName">The circuit column.</param>
    /// <param name="labelColumnName">The key column of labels, over the circuit's outputs.</param>
    /// <param name="engine">What scores; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every pass.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or no row has a label.</exception>
    public TemperatureFit FitTemperature(
        IDataView data, string circuitColumnName = "Circuit", string labelColumnName = "TokenId", IScoringEngine? engine = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        var options = new ScoreTopKOptions { CircuitColumnName = circuitColumnName, LabelColumnName = labelColumnName, K = 1 };
        var binding = new ScoringBinding(options, data.Schema);
        if (binding.LabelColumn is not { } label)
            throw data.Schema.GetColumnOrNull(labelColumnName) is null
                ? CircuitColumns.Mismatch("label", labelColumnName, "a key over the vocabulary", null)
                : CircuitColumns.NoLabel(binding.Circuit.Circuit, nameof(labelColumnName));
        List<float> rows = [];
        List<int> labels = [];
        using (var cursor = data.GetRowCursor([binding.CircuitColumn, label]))
        {
            var getRow = cursor.GetGetter<VBuffer<float>>(binding.CircuitColumn);
            var getLabel = cursor.GetGetter<uint>(label);
            VBuffer<float> vector = default;
            var row = new float[binding.Circuit.Circuit.Rank];
            uint key = 0;
            while (cursor.MoveNext())
            {
                getLabel(ref key);
                getRow(ref vector);
                vector.CopyTo(row);
                if (key == 0 || CircuitRowBlock.IsMissing(row))
                    continue;
                labels.Add((int)key - 1);
                rows.AddRange(row);
            }
        }
        using var channel = Environment.Register(nameof(OVCircuitCatalog)).Start(nameof(FitTemperature));
        var fit = TemperatureFit.Fit(
            engine ?? CpuEngine.Shared, binding.Circuit.Circuit.Columns, rows.ToArray(), labels.ToArray(), cancellationToken);
        channel.Info(string.Create(CultureInfo.InvariantCulture,
            $"{labels.Count} tokens: log-loss {fit.LogLoss:F4} nats at inverse temperature {fit.InverseTemperature:G4}."));
        return fit;
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
    public CopyingHeads FindCopyingHeads(TransformerCheckpoint model, CopyingHeadsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var channel = Environment.Register(nameof(OVCircuitCatalog)).Start(nameof(FindCopyingHeads));
        var found = CopyingHeads.Find(model.Weights, options);
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
    /// <param name="engine">What fits the temperature; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every pass.</param>
    /// <exception cref="ArgumentException">The data was not scored with labels, or a column is missing.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public CopyingRow EvaluateCopying(IDataView data, string name, CircuitKind kind, string circuitColumnName = "Circuit",
        string labelColumnName = "TokenId", IScoringEngine? engine = null, CancellationToken cancellationToken = default)
    {
        const int TopFive = 5;
        var metrics = Evaluate(data, TopFive);
        var circuit = data.Schema[circuitColumnName].GetTokenCircuit();
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
            LogLossCalibrated = FitTemperature(data, circuitColumnName, labelColumnName, engine, cancellationToken).LogLoss,
            CopyingScore = circuit.NoCopying is null ? circuit.CopyingScore() : null,
        };
    }

    private static TokenCircuit? OtherOutputs(DataViewSchema schema) => schema.Where(column => column.HasTokenCircuit())
        .Select(column => column.GetTokenCircuit()).FirstOrDefault(circuit => circuit.NoCopying is not null);

    private static DataViewSchema.Column Require(DataViewSchema schema, string name, DataViewType type)
    {
        if (schema.GetColumnOrNull(name) is { } column && column.Type.Equals(type))
            return column;
        if (schema.GetColumnOrNull(name) is null && OtherOutputs(schema) is { } circuit)
            throw CircuitColumns.NoLabel(circuit, nameof(schema));
        string expected = $"{type}, as ScoreTopK makes it of data with labels";
        throw CircuitColumns.Mismatch("score", name, expected, schema.GetColumnOrNull(name)?.Type.ToString());
    }
}
