using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Scoring;

public sealed class ScoringEnginesTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void WithEngine_EveryOtherOption_IsKept()
    {
        var data = LabelledRows.Of(_ml, [(1, 2), (3, 4)]);
        var fitted = Chain(new TopKScoringEstimator.Options { LabelColumnName = "Next", K = 2, Probabilities = true }).Fit(data);

        var moved = fitted.WithEngine(new RecordingEngine()).Transform(data);

        Assert.Equal(fitted.Transform(data).GetColumn<float>("LabelRank"), moved.GetColumn<float>("LabelRank"));
        Assert.Equal(120, moved.GetColumn<float[]>("Score").First().Length);
        Assert.Equal(2, moved.GetColumn<uint[]>("TopTokens").First().Length);
    }

    [Fact]
    public void WithEngine_CancellationToken_StillCancels()
    {
        using var source = new CancellationTokenSource();
        var data = LabelledRows.Of(_ml, [(1, 2)]);
        var fitted = Chain(new TopKScoringEstimator.Options { CancellationToken = source.Token }).Fit(data);
        source.Cancel();

        var moved = fitted.WithEngine(new RecordingEngine()).Transform(data);

        Assert.ThrowsAny<OperationCanceledException>(() => moved.GetColumn<float>("LabelRank").ToArray());
    }

    [Fact]
    public void WithEngine_ChainInAChain_ScoresThere()
    {
        var engine = new RecordingEngine();
        var data = LabelledRows.Of(_ml, [(1, 2)]);
        var inner = Chain(new TopKScoringEstimator.Options()).Fit(data);
        var outer = new TransformerChain<ITransformer>(inner);

        _ = outer.WithEngine(engine).Transform(data).GetColumn<float>("LabelRank").ToArray();

        Assert.NotEmpty(engine.Asked);
    }

    private EstimatorChain<TopKScoringTransformer> Chain(TopKScoringEstimator.Options options) =>
        _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Append(_ml.Transforms.ScoreTopK(options));
}
