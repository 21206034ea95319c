using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Measures how well circuits copy, and fits copiers: the public ML.NET pipelines, composed.</summary>
internal sealed class CopyingMeasure(MLContext ml, TransformerCheckpoint model, IDataView tokens)
{
    /// <summary>The sum of some heads' circuits on every token.</summary>
    public CopyingRow Heads(CircuitKind kind, IReadOnlyList<HeadIndex> heads, CancellationToken cancellationToken)
    {
        var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, heads).Append(Scoring(cancellationToken));
        return Evaluate(kind, string.Join(" + ", heads), pipeline.Fit(tokens).Transform(tokens), cancellationToken);
    }

    /// <summary>Any circuit, on every token or on the given rows.</summary>
    public CopyingRow Circuit(CircuitKind kind, string name, TokenCircuit circuit, CancellationToken cancellationToken, IDataView? data = null, string label = "TokenId") =>
        Evaluate(kind, name, Score(circuit, data ?? tokens, cancellationToken, label), cancellationToken, label);

    /// <summary>Rows scored by a circuit: what <c>ScoreTopK</c> adds.</summary>
    public IDataView Score(TokenCircuit circuit, IDataView data, CancellationToken cancellationToken, string label = "TokenId")
    {
        var pipeline = ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", circuit, model.Vocabulary).Append(Scoring(cancellationToken, label));
        return pipeline.Fit(data).Transform(data);
    }

    /// <summary>The top-1 share of the given rows alone: what choosing among many circuits takes.</summary>
    public double Top1(TokenCircuit circuit, IDataView data, CancellationToken cancellationToken) =>
        Score(circuit, data, cancellationToken).GetColumn<uint>("LabelRank").Average(rank => rank == 1 ? 1.0 : 0);

    /// <summary>The top-1 share of a text's tokens: of the vocabulary's, each weighted by how often it occurs.</summary>
    public double ByFrequency(TokenCircuit circuit, TokenCounts counts, CancellationToken cancellationToken)
    {
        double first = 0;
        int token = 0;
        foreach (uint rank in Score(circuit, tokens, cancellationToken).GetColumn<uint>("LabelRank"))
        {
            if (rank == 1)
                first += counts.ById[token];
            token++;
        }
        return first / counts.Total;
    }

    /// <summary>A copier fitted to every token or to the given rows.</summary>
    /// <exception cref="OperationCanceledException">Cancelled: a fit that was cut short is not a result.</exception>
    public TokenCircuit Fit(LowRankFitOptions fit, CancellationToken cancellationToken, IDataView? data = null, string label = "TokenId", string? weight = null) =>
        Fitted(fit, cancellationToken, data, label, weight).Circuit;

    /// <summary>The same with how the fit went (<see cref="TokenCircuitTransformer.Fit"/>).</summary>
    /// <exception cref="OperationCanceledException">Cancelled: a fit that was cut short is not a result.</exception>
    public TokenCircuitTransformer Fitted(LowRankFitOptions fit, CancellationToken cancellationToken, IDataView? data = null, string label = "TokenId", string? weight = null)
    {
        var trainer = ml.OVCircuits().Trainers.LowRankCopier(model, new LowRankCopierOptions
        {
            Fit = fit,
            LabelColumnName = label,
            ExampleWeightColumnName = weight,
            CancellationToken = cancellationToken,
        });
        var fitted = trainer.Fit(data ?? tokens);
        cancellationToken.ThrowIfCancellationRequested();
        return fitted;
    }

    private TopKScoringEstimator Scoring(CancellationToken cancellationToken, string label = "TokenId") =>
        ml.Transforms.ScoreTopK(new ScoreTopKOptions { K = Math.Min(5, model.Vocabulary.Count), LabelColumnName = label, CancellationToken = cancellationToken });

    private CopyingRow Evaluate(CircuitKind kind, string name, IDataView scored, CancellationToken cancellationToken, string label = "TokenId")
    {
        var metrics = ml.OVCircuits().Evaluate(scored, topK: 5);
        var circuit = scored.Schema["Circuit"].GetTokenCircuit();
        return new()
        {
            Name = name,
            Kind = kind,
            Heads = circuit.Heads,
            Rank = circuit.Rank,
            Tokens = metrics.TokenCount,
            Top1 = metrics.Top1Accuracy,
            Top5 = metrics.TopKAccuracyForAllK.Count >= 5 ? metrics.TopKAccuracyForAllK[4] : null,
            Mrr = metrics.MeanReciprocalRank,
            DPrime = metrics.SignalSeparation,
            LogLoss = metrics.CrossEntropy,
            LogLossCalibrated = ml.OVCircuits().FitTemperature(scored, labelColumnName: label, cancellationToken: cancellationToken).LogLoss,
            CopyingScore = circuit.CopyingScore(),
        };
    }
}
