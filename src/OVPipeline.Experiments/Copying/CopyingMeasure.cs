using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Measures how well circuits copy, and fits copiers: the public ML.NET pipelines, composed.</summary>
public sealed class CopyingMeasure
{
    private const string CircuitColumn = "Circuit", TokenColumn = "TokenId";

    private readonly MLContext _ml;
    private readonly TransformerCheckpoint _model;
    private readonly IDataView _tokens;

    /// <summary>Measures circuits over a model's vocabulary.</summary>
    /// <param name="ml">The pipelines' context; its seed is not used where options have one.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokens">A row for each token, as <c>ml.Data.LoadVocabulary</c> gives it.</param>
    public CopyingMeasure(MLContext ml, TransformerCheckpoint model, IDataView tokens)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        _ml = ml;
        _model = model;
        _tokens = tokens;
    }

    /// <summary>The sum of some heads' circuits on every token.</summary>
    /// <param name="kind">What kind of circuit it is.</param>
    /// <param name="heads">The heads, one or more.</param>
    /// <param name="cancellationToken">Stops within a pass.</param>
    public CopyingRow Heads(CircuitKind kind, IReadOnlyList<HeadIndex> heads, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heads);
        var pipeline = _ml.Transforms.ExtractOVCircuit(CircuitColumn, TokenColumn, _model, heads, cancellationToken)
            .Append(Scoring(TokenColumn, cancellationToken));
        var scored = pipeline.Fit(_tokens).Transform(_tokens);
        return _ml.OVCircuits().EvaluateCopying(scored, string.Join(" + ", heads), kind, cancellationToken: cancellationToken);
    }

    /// <summary>Any circuit, on every token or on the given rows.</summary>
    /// <param name="kind">What kind of circuit it is.</param>
    /// <param name="name">What tables call it.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="data">Rows with <c>TokenId</c>; null for every token.</param>
    /// <param name="label">The column of the token that is to rank first.</param>
    /// <param name="cancellationToken">Stops within a pass.</param>
    public CopyingRow Circuit(CircuitKind kind, string name, TokenCircuit circuit, IDataView? data = null, string label = TokenColumn,
        CancellationToken cancellationToken = default)
    {
        var scored = Score(circuit, data, label, cancellationToken);
        return _ml.OVCircuits().EvaluateCopying(scored, name, kind, labelColumnName: label, cancellationToken: cancellationToken);
    }

    /// <summary>Rows scored by a circuit: what <c>ScoreTopK</c> adds. Nothing is computed before they are read.</summary>
    /// <inheritdoc cref="Circuit" path="/param"/>
    public IDataView Score(
        TokenCircuit circuit, IDataView? data = null, string label = TokenColumn, CancellationToken cancellationToken = default)
    {
        var pipeline = _ml.Transforms.ApplyTokenCircuit(CircuitColumn, TokenColumn, circuit, _model.Vocabulary)
            .Append(Scoring(label, cancellationToken));
        return pipeline.Fit(data ?? _tokens).Transform(data ?? _tokens);
    }

    /// <summary>The top-1 share alone, in [0, 1]: what choosing among many circuits takes.</summary>
    /// <inheritdoc cref="Circuit" path="/param"/>
    public double Top1(TokenCircuit circuit, IDataView? data = null, CancellationToken cancellationToken = default) =>
        Score(circuit, data, cancellationToken: cancellationToken).GetColumn<float>("LabelRank").Average(rank => rank == 1 ? 1.0 : 0);

    /// <summary>The top-1 share of a text's tokens: of the vocabulary's, each weighted by how often it occurs.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="counts">A count for each of the V tokens.</param>
    /// <param name="cancellationToken">Stops within a pass.</param>
    /// <returns>A share, in [0, 1].</returns>
    public double ByFrequency(TokenCircuit circuit, TokenCounts counts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(counts);
        double first = 0;
        int token = 0;
        foreach (float rank in Score(circuit, cancellationToken: cancellationToken).GetColumn<float>("LabelRank"))
        {
            if (rank == 1)
                first += counts.ById[token];
            token++;
        }
        return first / counts.Total;
    }

    /// <summary>A copier fitted to every token or to the given rows.</summary>
    /// <param name="fit">Rank, bounds, seed.</param>
    /// <param name="data">Rows with <c>TokenId</c>; null for every token.</param>
    /// <param name="label">The column of the token that is to rank first.</param>
    /// <param name="weight">The column of a row's weight; null for all alike.</param>
    /// <param name="cancellationToken">Stops within a step.</param>
    /// <exception cref="OperationCanceledException">Cancelled: a fit that was cut short is not a result.</exception>
    public TokenCircuit Fit(LowRankFitOptions fit, IDataView? data = null, string label = TokenColumn, string? weight = null,
        CancellationToken cancellationToken = default) => Fitted(fit, data, label, weight, cancellationToken).Circuit;

    /// <summary>The same with how the fit went (<see cref="TokenCircuitTransformer.Fit"/>).</summary>
    /// <inheritdoc cref="Fit"/>
    public TokenCircuitTransformer Fitted(LowRankFitOptions fit, IDataView? data = null, string label = TokenColumn, string? weight = null,
        CancellationToken cancellationToken = default)
    {
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(_model, new LowRankCopierTrainer.Options
        {
            Fit = fit,
            LabelColumnName = label,
            ExampleWeightColumnName = weight,
            CancellationToken = cancellationToken,
        });
        var fitted = trainer.Fit(data ?? _tokens);
        cancellationToken.ThrowIfCancellationRequested();
        return fitted;
    }

    private TopKScoringEstimator Scoring(string label, CancellationToken cancellationToken) => _ml.Transforms.ScoreTopK(
        new TopKScoringEstimator.Options
        {
            K = Math.Min(5, _model.Vocabulary.Count),
            LabelColumnName = label,
            CancellationToken = cancellationToken,
        });
}
