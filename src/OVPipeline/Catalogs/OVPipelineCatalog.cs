using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>What OVPipeline adds to an <see cref="MLContext"/>: the place to start.</summary>
/// <example>
/// <code>
/// using Microsoft.ML;
/// using OVPipeline;
/// using OVPipeline.Checkpoints;
/// using OVPipeline.Core;
///
/// // What the other examples go on from: a context, a model, and a row for each of its tokens.
/// var ml = new MLContext(seed: 1);
/// var model = TransformerCheckpoint.Load("data/attn-only-2l-quarter");
/// var tokens = ml.Data.LoadVocabulary(model);
/// </code>
/// </example>
public static class OVPipelineCatalog
{
    /// <summary>Trainers and evaluation for OV circuits.</summary>
    /// <example>
    /// <code>
    /// var copier = ml.OVCircuits().Trainers.LowRankCopier(model, rank: 16).Append(ml.Transforms.ScoreTopK());
    /// Console.WriteLine(ml.OVCircuits().Evaluate(copier.Fit(tokens).Transform(tokens)));
    /// </code>
    /// </example>
    public static OVCircuitCatalog OVCircuits(this MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return new(ml);
    }

    /// <summary>Adds the full OV circuit <c>W_E W_V W_O W_U</c> of a head, or the sum of several heads' circuits.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of source tokens.</param>
    /// <param name="model">The model.</param>
    /// <param name="heads">One or more heads.</param>
    /// <exception cref="ArgumentException">No head is given, one twice, or one that does not exist.</exception>
    /// <remarks>Heads are extracted when the estimator is fitted, once for all fits.</remarks>
    /// <example>
    /// <code>
    /// var heads = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1), new HeadIndex(1, 7));
    /// var circuit = heads.Fit(tokens).Circuit;
    /// Console.WriteLine($"{circuit.Name}: rank {circuit.Rank}, copying score {circuit.CopyingScore():F2}");
    /// </code>
    /// </example>
    public static TokenCircuitEstimator ExtractOVCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TransformerCheckpoint model,
        params IReadOnlyList<HeadIndex> heads) =>
        catalog.ExtractOVCircuit(outputColumnName, inputColumnName, model, heads, CancellationToken.None);

    /// <inheritdoc
    /// cref="ExtractOVCircuit(TransformsCatalog, string, string, TransformerCheckpoint, IReadOnlyList{HeadIndex})"
    /// path="/summary|/exception|/returns|/remarks|/example"/>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of source tokens.</param>
    /// <param name="model">The model.</param>
    /// <param name="heads">One or more heads.</param>
    /// <param name="cancellationToken">Checked while heads are extracted.</param>
    public static TokenCircuitEstimator ExtractOVCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TransformerCheckpoint model,
        IReadOnlyList<HeadIndex> heads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(heads);
        if (heads.Count == 0 || heads.Distinct().Count() != heads.Count)
            throw new ArgumentException($"Name one or more heads, each once; was '{string.Join(", ", heads)}'.", nameof(heads));
        return catalog.Extract(outputColumnName, inputColumnName, model, heads,
            (weights, token) => TokenCircuit.OfHeads(weights, heads, token), cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Adds the full QK circuit <c>W_E W_Q W_K' W_E'</c> of a head. Scored, its <c>PredictedLabel</c> is the key token that the row's
    /// query attends to most, or the other way round; positions, biases and sqrt(d_head) are left out.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of tokens: queries, or keys of attention where the axes say so.</param>
    /// <param name="model">The model.</param>
    /// <param name="head">The head.</param>
    /// <param name="axes">
    /// Which of the two the rows are: <see cref="CircuitAxes.QueryToKey"/> or <see cref="CircuitAxes.KeyToQuery"/>.
    /// </param>
    /// <param name="cancellationToken">Checked while the circuit is extracted.</param>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head; when fitted, the axes are not of a QK circuit.</exception>
    /// <remarks>Where the model has no W_Q or no W_K, fitting throws an <see cref="InvalidOperationException"/>.</remarks>
    /// <example>
    /// <code>
    /// var attends = ml.Transforms.ExtractQKCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(ml.Transforms.ScoreTopK());
    /// var scored = attends.Fit(tokens).Transform(tokens);
    /// Console.WriteLine($"Tokens that attend to themselves most: {ml.OVCircuits().Evaluate(scored).Top1Accuracy:P1}");
    /// </code>
    /// </example>
    public static TokenCircuitEstimator ExtractQKCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TransformerCheckpoint model, HeadIndex head,
        CircuitAxes axes = CircuitAxes.QueryToKey, CancellationToken cancellationToken = default)
    {
        return catalog.Extract(outputColumnName, inputColumnName, model, [head],
            (weights, token) => TokenCircuit.OfQK(weights, head, axes, token), ofTokens: true, cancellationToken);
    }

    /// <summary>
    /// Adds the K-composition of two heads as a token circuit (<see cref="TokenCircuit.OfKComposition"/>). Scored from query to key, its
    /// <c>PredictedLabel</c> is the token that the earlier head must have moved to a position for the later head to attend to it most.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of tokens: queries, or keys of attention where the axes say so.</param>
    /// <param name="model">The model.</param>
    /// <param name="earlier">The head whose output is read as a key.</param>
    /// <param name="later">The head that attends, in a later layer.</param>
    /// <param name="axes">
    /// Which of the two the rows are: <see cref="CircuitAxes.QueryToKey"/> or <see cref="CircuitAxes.KeyToQuery"/>.
    /// </param>
    /// <param name="cancellationToken">Checked while the circuit is extracted.</param>
    /// <exception cref="ArgumentException">The model has no such head; when fitted, the earlier is not in an earlier layer.</exception>
    /// <remarks>Where the model has no W_Q or no W_K, fitting throws an <see cref="InvalidOperationException"/>.</remarks>
    /// <example>
    /// <code>
    /// var induction = ml.Transforms
    ///     .ExtractKCompositionCircuit("Circuit", "TokenId", model, earlier: new HeadIndex(0, 4), later: new HeadIndex(1, 1))
    ///     .Append(ml.Transforms.ScoreTopK());
    /// Console.WriteLine(ml.OVCircuits().Evaluate(induction.Fit(tokens).Transform(tokens)));
    /// </code>
    /// </example>
    public static TokenCircuitEstimator ExtractKCompositionCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TransformerCheckpoint model, HeadIndex earlier,
        HeadIndex later, CircuitAxes axes = CircuitAxes.QueryToKey, CancellationToken cancellationToken = default)
    {
        return catalog.Extract(outputColumnName, inputColumnName, model, [earlier, later],
            (weights, token) => TokenCircuit.OfKComposition(weights, earlier, later, axes, token), ofTokens: true, cancellationToken);
    }

    /// <summary>
    /// Adds the full OV circuit of the virtual head of two, <c>W_E W_OV W_OV' W_U</c> (<see cref="TokenCircuit.OfVirtualHead"/>): what the
    /// later head writes of a token that the earlier one moved to where it attends.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of source tokens.</param>
    /// <param name="model">The model.</param>
    /// <param name="earlier">The head that reads the embedding.</param>
    /// <param name="later">The head that reads what the earlier one wrote, in a later layer.</param>
    /// <param name="cancellationToken">Checked while the circuit is extracted.</param>
    /// <exception cref="ArgumentException">The model has no such head; when fitted, the earlier is not in an earlier layer.</exception>
    /// <example>
    /// <code>
    /// var both = ml.Transforms
    ///     .ExtractVirtualOVCircuit("Circuit", "TokenId", model, earlier: new HeadIndex(0, 4), later: new HeadIndex(1, 1))
    ///     .Append(ml.Transforms.ScoreTopK());
    /// Console.WriteLine(ml.OVCircuits().Evaluate(both.Fit(tokens).Transform(tokens)));
    /// </code>
    /// </example>
    public static TokenCircuitEstimator ExtractVirtualOVCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TransformerCheckpoint model, HeadIndex earlier,
        HeadIndex later, CancellationToken cancellationToken = default)
    {
        return catalog.Extract(outputColumnName, inputColumnName, model, [earlier, later],
            (weights, token) => TokenCircuit.OfVirtualHead(weights, earlier, later, token), cancellationToken: cancellationToken);
    }

    /// <summary>Adds any token circuit: the direct path, a truncation, one that a program made.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of source tokens.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="vocabulary">The strings of its tokens, which are its outputs too.</param>
    /// <exception cref="ArgumentException">
    /// The vocabulary has another size than the circuit's, or its outputs are not its tokens.
    /// </exception>
    /// <example>
    /// <code>
    /// var half = TokenCircuit.OfHeads(model.Weights, new HeadIndex(1, 1)).Truncate(8);
    /// var pipeline = ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", half, model.Vocabulary).Append(ml.Transforms.ScoreTopK());
    /// Console.WriteLine(ml.OVCircuits().Evaluate(pipeline.Fit(tokens).Transform(tokens)));
    /// </code>
    /// </example>
    public static TokenCircuitEstimator ApplyTokenCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TokenCircuit circuit, Vocabulary vocabulary) =>
        catalog.ApplyTokenCircuit(outputColumnName, inputColumnName, circuit, vocabulary, vocabulary);

    /// <summary>Adds any token circuit, whose outputs need not be its tokens.</summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="outputColumnName">The circuit column to make.</param>
    /// <param name="inputColumnName">The key column of source tokens.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="vocabulary">The strings of its tokens, V.</param>
    /// <param name="outputVocabulary">The strings of its outputs, V_out.</param>
    /// <exception cref="ArgumentException">A vocabulary has another size than the circuit's.</exception>
    /// <example>
    /// <code>
    /// var direct = TokenCircuit.Direct(model.Weights);
    /// var pipeline = ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", direct, model.Vocabulary, model.OutputVocabulary);
    /// Console.WriteLine(pipeline.Fit(tokens).Circuit);
    /// </code>
    /// </example>
    public static TokenCircuitEstimator ApplyTokenCircuit(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, TokenCircuit circuit, Vocabulary vocabulary,
        Vocabulary outputVocabulary)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.GetEnvironment(), outputColumnName, inputColumnName, circuit, vocabulary, outputVocabulary);
    }

    /// <summary>
    /// Scores a circuit column against the whole vocabulary, exactly. Adds <c>PredictedLabel</c>, <c>TopTokens</c> and <c>TopScores</c>,
    /// keys over the circuit's outputs, and where the data has the label column, its 1-based <c>LabelRank</c> (a Single, by which
    /// ML.NET's filters can choose rows) and <c>LabelLogLoss</c> in nats; both are NaN where the token or the label is missing.
    /// </summary>
    /// <param name="catalog">The transforms catalog.</param>
    /// <param name="circuitColumnName">The circuit column.</param>
    /// <param name="k">How many top tokens, in [1, 1024] and at most V_out.</param>
    /// <param name="labelColumnName">
    /// The key column of labels, over the circuit's outputs; null where nothing is to be computed of labels.
    /// </param>
    /// <param name="outputColumnPrefix">What the names of the added columns begin with; several circuits are told apart by it.</param>
    /// <exception cref="ArgumentOutOfRangeException">k is out of range.</exception>
    /// <example>
    /// <code>
    /// var head = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1));
    /// var pipeline = head.Append(ml.Transforms.ScoreTopK(k: 3));
    /// var scored = pipeline.Fit(tokens).Transform(tokens);
    /// var best = ml.Data.CreateEnumerable&lt;TokenPrediction&gt;(scored, reuseRowObject: false).ElementAt(300);
    /// Console.WriteLine($"Token 300: likeliest '{model.Vocabulary[(int)best.PredictedLabel - 1]}', own rank {best.LabelRank}");
    /// </code>
    /// </example>
    public static TopKScoringEstimator ScoreTopK(this TransformsCatalog catalog, string circuitColumnName = "Circuit", int k = 5,
        string? labelColumnName = "TokenId", string outputColumnPrefix = "") => catalog.ScoreTopK(new TopKScoringEstimator.Options
        {
            CircuitColumnName = circuitColumnName,
            K = k,
            LabelColumnName = labelColumnName,
            OutputColumnPrefix = outputColumnPrefix,
        });

    /// <summary>Scores a circuit column against the whole vocabulary, with all options.</summary>
    /// <exception cref="ArgumentOutOfRangeException">K is out of range.</exception>
    /// <example>
    /// <code>
    /// // Score, all probabilities, is what ML.NET's own evaluator wants.
    /// var scoring = ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { K = 10, Probabilities = true });
    /// var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1)).Append(scoring);
    /// var metrics = ml.MulticlassClassification.Evaluate(pipeline.Fit(tokens).Transform(tokens), labelColumnName: "TokenId");
    /// Console.WriteLine($"Log-loss {metrics.LogLoss:F3}");
    /// </code>
    /// </example>
    public static TopKScoringEstimator ScoreTopK(this TransformsCatalog catalog, TopKScoringEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.GetEnvironment(), options);
    }

    // Extraction reads weights and multiplies: it waits for the fit. That the heads are there is said at once.
    private static TokenCircuitEstimator Extract(this TransformsCatalog catalog, string outputColumnName, string inputColumnName,
        TransformerCheckpoint model, IReadOnlyList<HeadIndex> heads,
        Func<TransformerWeights, CancellationToken, TokenCircuit> extract, bool ofTokens = false,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        foreach (var head in heads)
            model.Weights.Config.RequireHead(head);
        var outputs = ofTokens ? model.Vocabulary : model.OutputVocabulary;
        return new(catalog.GetEnvironment(), outputColumnName, inputColumnName,
            token => extract(model.Weights, token), model.Vocabulary, outputs, cancellationToken);
    }
}
