using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Evaluation;

public sealed class EvaluateTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(40, 3)]
    [InlineData(120, 10)]
    [InlineData(500, 20)]
    public void Evaluate_SmallVocabulary_AgreesWithTheStandardMulticlassEvaluator(int vocabulary, int topK)
    {
        var model = SmallModel.Create(vocabulary, seed: 11);
        var tokens = _ml.Data.LoadVocabulary(model);
        var scored = _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 0), new HeadIndex(1, 2))
            .Append(_ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options { K = topK, Probabilities = true }))
            .Fit(tokens).Transform(tokens);
        var ours = _ml.OVCircuits().Evaluate(scored, topKPredictionCount: topK);
        var theirs = _ml.MulticlassClassification.Evaluate(scored, labelColumnName: "TokenId", topKPredictionCount: topK);
        Assert.Equal(theirs.MicroAccuracy, ours.Top1Accuracy, 1e-12);
        Assert.Equal(theirs.TopKAccuracyForAllK.Count, ours.TopKAccuracyForAllK.Count);
        for (int k = 0; k < topK; k++)
            Assert.Equal(theirs.TopKAccuracyForAllK[k], ours.TopKAccuracyForAllK[k], 1e-12);
        Assert.Equal(theirs.LogLoss, ours.LogLoss, 1e-5);
    }

    [Fact]
    public void Evaluate_ProbabilitiesBelow1e15_ClampsLogLossButNotCrossEntropy()
    {
        var scale = SmallModel.Create();
        var circuit = TokenCircuit.OfHeads(scale.Weights, new HeadIndex(1, 1));
        var loud = new TokenCircuit("loud", Matrix.Create(120, circuit.Rank, (i, k) => 100 * circuit.H[i, k]), circuit.G, circuit.Residual);
        var tokens = _ml.Data.LoadVocabulary(scale);
        var metrics = _ml.OVCircuits().Evaluate(_ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", loud, scale.Vocabulary)
            .Append(_ml.Transforms.ScoreTopK()).Fit(tokens).Transform(tokens));
        var losses = SmallModel.Logits(loud).Select(SmallModel.LogLoss).ToArray();
        Assert.True(losses.Max() > 100);
        Assert.Equal(losses.Average(), metrics.CrossEntropy, losses.Average() * 1e-5);
        Assert.Equal(losses.Average(loss => Math.Min(loss, -Math.Log(1e-15))), metrics.LogLoss, 1e-3);
    }

    [Fact]
    public void Evaluate_AllFigures_AgreeWithDenseLogits()
    {
        var model = SmallModel.Create();
        var scored = SmallModel.Scored(_ml, model, 5, new HeadIndex(1, 0));
        var logits = SmallModel.Logits(scored.Schema["Circuit"].GetTokenCircuit());
        int[] ranks = [.. logits.Select(SmallModel.Rank)];
        var metrics = _ml.OVCircuits().Evaluate(scored);
        Assert.Equal(120, metrics.TokenCount);
        for (int k = 1; k <= 10; k++)
            Assert.Equal(ranks.Count(rank => rank <= k) / 120.0, metrics.TopKAccuracyForAllK[k - 1], 1e-12);
        Assert.Equal(ranks.Average(rank => 1.0 / rank), metrics.MeanReciprocalRank, 1e-12);
        Assert.Equal(metrics.Top1Accuracy, SignalSeparation.ToAccuracy(metrics.SignalSeparation!.Value, 120), 1e-9);
    }

    [Fact]
    public void Evaluate_UnscoredData_NamesTheColumnAndItsMaker()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Evaluate(_ml.Data.LoadVocabulary(SmallModel.Create())));
        Assert.Contains("LabelRank", error.Message, StringComparison.Ordinal);
        Assert.Contains("ScoreTopK", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FitTemperature_SmallVocabulary_FindsTheMinimum()
    {
        var model = SmallModel.Create();
        var scored = SmallModel.Scored(_ml, model, 5, new HeadIndex(1, 0));
        var logits = SmallModel.Logits(scored.Schema["Circuit"].GetTokenCircuit());
        double Loss(double beta) => logits.Select((row, i) => SmallModel.LogLoss([.. row.Select(l => beta * l)], i)).Average();
        var fit = _ml.OVCircuits().FitTemperature(scored);
        Assert.Equal(Loss(fit.InverseTemperature), fit.LogLoss, 1e-5);
        Assert.True(fit.LogLoss <= Loss(fit.InverseTemperature * 1.05) && fit.LogLoss <= Loss(fit.InverseTemperature * 0.95));
        Assert.True(fit.LogLoss <= _ml.OVCircuits().Evaluate(scored).CrossEntropy + 1e-9);
    }

    [Fact]
    public void FitTemperature_CircuitThatAvoidsItsToken_IsUniform()
    {
        var model = SmallModel.Create();
        var circuit = TokenCircuit.OfHeads(model.Weights, new HeadIndex(1, 0));
        var avoiding = new TokenCircuit(
            "avoiding", Matrix.Create(120, circuit.Rank, (i, k) => -circuit.H[i, k]), circuit.G, circuit.Residual);
        var tokens = _ml.Data.LoadVocabulary(model);
        var fit = _ml.OVCircuits().FitTemperature(
            _ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", avoiding, model.Vocabulary).Fit(tokens).Transform(tokens));
        Assert.Equal((0, Math.Log(120)), (fit.InverseTemperature, fit.LogLoss));
    }

    [Fact]
    public void CrossValidate_Copier_TestsEachTokenOnce()
    {
        var model = SmallModel.Create();
        var pipeline = _ml.OVCircuits().Trainers.LowRankCopier(model, rank: 6).Append(_ml.Transforms.ScoreTopK());
        var folds = _ml.OVCircuits().CrossValidate(_ml.Data.LoadVocabulary(model), pipeline, numberOfFolds: 3);
        Assert.Equal(3, folds.Count);
        Assert.Equal(120, folds.Sum(fold => fold.Metrics.TokenCount));
    }
}
