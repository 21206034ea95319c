using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class BehaviourCatalogTests
{
    [Fact]
    public void LoadHeadBehaviour_InductionCircuit_IsARowForEachHead()
    {
        NativeFiles.SkipWithoutBackend();
        var ml = new MLContext(seed: 1);
        var model = InductionModel.Make();
        double done = 0;
        var view = ml.Data.LoadHeadBehaviour(
            model, new() { RepeatedLength = 6, Sequences = 10 }, [new HeadIndex(0, 0)], new Reporter(share => done = share));
        Assert.Equal(1, done);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Double, 10), view.Schema["InductionBySequence"].Type);
        var rows = ml.Data.CreateEnumerable<HeadBehaviourRow>(view, reuseRowObject: false).ToArray();
        Assert.Equal([("L0H0", true), ("L1H0", false)], rows.Select(row => (row.Head, row.Ablated)));
        Assert.True(rows[1].InductionScore > 0.8 && rows[1].InductionScoreWithout < 0.3);
        Assert.Equal(rows[1].InductionScore, rows[1].InductionBySequence.Average(), 1e-12);
        // 1.0 copies every token; 0.0 writes where W_U does not read
        Assert.Equal((1, 0), ((int)rows[1].CopyingTop1, (int)rows[0].CopyingTop1));
        Assert.True(rows[0].RepeatAccuracy > 0.8 && rows[0].RepeatAccuracyWithout < 0.3);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => ml.Data.LoadHeadBehaviour(model, new(), [new HeadIndex(0, 1)]));
        Assert.Contains("0.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadHeadBehaviour_EmbeddedModel_CopyingIsThatOfThePipeline()
    {
        NativeFiles.SkipWithoutBackend();
        var ml = new MLContext(seed: 1);
        var model = TransformerCheckpoint.Load(EmbeddedModel.Folder);
        var tokens = ml.Data.LoadVocabulary(model);
        var rows = ml.Data.CreateEnumerable<HeadBehaviourRow>(
            ml.Data.LoadHeadBehaviour(model, new() { Sequences = 1, NameSentences = 1 }), false).ToArray();
        foreach (var row in new[] { rows[19], rows[2] })
        {
            var scored = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, HeadIndex.Parse(row.Head))
                .Append(ml.Transforms.ScoreTopK("Circuit", k: 5)).Fit(tokens).Transform(tokens);
            var metrics = ml.OVCircuits().Evaluate(scored, topKPredictionCount: 5);
            Assert.Equal((metrics.Top1Accuracy, metrics.TopKAccuracyForAllK[4]), (row.CopyingTop1, row.CopyingTop5));
            Assert.Equal(row.InductionScore, row.InductionScoreWithout); // nothing was ablated
        }
    }

    private sealed class Reporter(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
