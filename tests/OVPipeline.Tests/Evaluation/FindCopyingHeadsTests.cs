using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Evaluation;

public sealed class FindCopyingHeadsTests
{
    [Fact]
    public void FindCopyingHeads_Model_IsWhatEvaluateSaysOfEach()
    {
        var ml = new MLContext(1);
        var model = SmallModel.Create();
        var tokens = ml.Data.LoadVocabulary(model);
        var found = ml.OVCircuits().FindCopyingHeads(model);
        Assert.Equal(new HeadIndex(1, 0), found.BestHead.Heads[0]);
        foreach (var count in found.Heads.Concat(found.Pairs))
        {
            var pipeline = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, count.Heads)
                .Append(ml.Transforms.ScoreTopK("Circuit", k: 1));
            var metrics = ml.OVCircuits().Evaluate(pipeline.Fit(tokens).Transform(tokens));
            Assert.Equal((metrics.Top1Accuracy, count.Heads[0].Layer), (count.Top1, count.Heads[^1].Layer));
            double left = (double)(metrics.TokenCount - count.Copied) / metrics.TokenCount / 11; // ranks behind 10 are taken for 0
            Assert.InRange(count.MeanReciprocalRank, metrics.MeanReciprocalRank - left, metrics.MeanReciprocalRank + 1e-12);
        }
    }

    [Fact]
    public void CountCopying_Sums_IsWhatTheSearchSaysOfEach()
    {
        var ml = new MLContext(1);
        var model = SmallModel.Create();
        var found = ml.OVCircuits().FindCopyingHeads(model);
        CopyingCount[] all = [.. found.Heads, .. found.Pairs];
        var counts = ml.OVCircuits().CountCopying(model, [.. all.Select(count => count.Heads)]);
        Assert.Equal(all.Select(count => (count.Name, count.Copied)), counts.Select(count => (count.Name, count.Copied)));
        Assert.All(all.Zip(counts), pair => Assert.InRange(pair.First.MeanReciprocalRank, 0, pair.Second.MeanReciprocalRank + 1e-12));
        Assert.Throws<ArgumentException>(() => ml.OVCircuits().CountCopying(model, [[]]));
    }

    [Fact]
    public void FindCopyingHeads_Options_AreFollowed()
    {
        var engine = new RecordingEngine();
        var found = new MLContext(1).OVCircuits().FindCopyingHeads(SmallModel.Create(), new() { MostPairs = 2, Engine = engine });
        Assert.NotEmpty(engine.Asked);
        Assert.Equal(2, found.Pairs.Count);
    }

    [Fact]
    public void FindCopyingHeads_NoModel_IsRefused() =>
        Assert.Throws<ArgumentNullException>(() => new MLContext().OVCircuits().FindCopyingHeads(null!));
}
