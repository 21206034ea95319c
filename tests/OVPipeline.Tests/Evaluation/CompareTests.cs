using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Evaluation;

public sealed class CompareTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void Compare_TwoCircuits_CountsTheTokensThatOnlyOneRanksFirst()
    {
        var data = Scored();
        var comparison = _ml.OVCircuits().Compare(data, "Head", "Other", topKPredictionCount: 3);

        float[] head = [.. data.GetColumn<float>("HeadLabelRank")], other = [.. data.GetColumn<float>("OtherLabelRank")];
        for (int k = 1; k <= 3; k++)
        {
            int onlyHead = head.Zip(other).Count(rank => rank.First <= k && rank.Second > k);
            int onlyOther = head.Zip(other).Count(rank => rank.First > k && rank.Second <= k);
            Assert.Equal(McNemar.Of(onlyHead, onlyOther), comparison.McNemarForAllK[k - 1]);
        }
        Assert.True(comparison.McNemarForAllK[0].OnlyFirst > 0); // the head that copies: the table is not empty
        Assert.Equal((120, 120, 3), (comparison.TokenCount, comparison.GroupCount, comparison.McNemarForAllK.Count));
    }

    [Fact]
    public void Compare_Differences_AreTheSecondsFiguresLessTheFirsts()
    {
        var data = Scored();
        var comparison = _ml.OVCircuits().Compare(data, "Head", "Other");
        var head = _ml.OVCircuits().Evaluate(SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0)));
        var other = _ml.OVCircuits().Evaluate(SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 2)));

        Assert.Equal(head.CrossEntropy, comparison.First.CrossEntropy);
        Assert.Equal(other.CrossEntropy, comparison.Second.CrossEntropy);
        Assert.Equal(other.CrossEntropy - head.CrossEntropy, comparison.CrossEntropyDifference.Estimate, 1e-9);
        Assert.Equal(other.Top1Accuracy - head.Top1Accuracy, comparison.Top1Difference.Estimate, 1e-9);
        Assert.Equal(other.MeanReciprocalRank - head.MeanReciprocalRank, comparison.MeanReciprocalRankDifference.Estimate, 1e-9);
        foreach (var interval in new[] { comparison.CrossEntropyDifference, comparison.MeanReciprocalRankDifference })
        {
            Assert.Equal(0.95, interval.Level);
            Assert.True(interval.Low < interval.Estimate && interval.Estimate < interval.High, $"{interval}");
        }
    }

    [Fact]
    public void Compare_OneCircuitTwice_HasNoDifferenceAtAll()
    {
        var comparison = _ml.OVCircuits().Compare(Scored(new(1, 0)), "Head", "Other");
        Assert.Equal(new(0, 0, 0, 0.95), comparison.CrossEntropyDifference);
        Assert.Equal(1, comparison.McNemarForAllK[0].ExactPValue);
    }

    [Fact]
    public void Compare_Groups_WidenTheInterval()
    {
        // Ten groups of twelve tokens, each wholly better or wholly worse by construction, say no more than ten tokens would.
        var data = Scored();
        double[] gains = [.. data.GetColumn<double>("OtherLabelLogLoss").Zip(data.GetColumn<double>("HeadLabelLogLoss"), (b, a) => b - a)];
        int[] order = [.. Enumerable.Range(0, 120).OrderBy(i => gains[i])];
        var group = new string[120];
        for (int i = 0; i < 120; i++)
            group[order[i]] = $"g{i / 12}";
        var grouped = _ml.Transforms.CustomMapping<Named, Grouped>((row, own) => own.Own = group[int.Parse(row.Token[1..])], null)
            .Fit(data).Transform(data);

        var alone = _ml.OVCircuits().Compare(grouped, "Head", "Other", groupColumnName: null);
        var together = _ml.OVCircuits().Compare(grouped, "Head", "Other", groupColumnName: "Own");

        Assert.Equal((120, 10), (alone.GroupCount, together.GroupCount));
        Assert.Equal(alone.CrossEntropyDifference.Estimate, together.CrossEntropyDifference.Estimate, 1e-9);
        Assert.True(Width(together.CrossEntropyDifference) > 2 * Width(alone.CrossEntropyDifference));
    }

    [Fact]
    public void Compare_TokensThatAreVariants_AreOneGroup()
    {
        var model = new Checkpoints.TransformerCheckpoint(_model.Weights, new Vocabulary(
            [.. Enumerable.Range(0, 60).SelectMany(i => new[] { $"t{i}", $"␣T{i}" })]));
        var tokens = _ml.Data.LoadVocabulary(model);
        var comparison = _ml.OVCircuits().Compare(Pipeline(new(1, 2)).Fit(tokens).Transform(tokens), "Head", "Other");
        Assert.Equal((120, 60), (comparison.TokenCount, comparison.GroupCount));
    }

    [Fact]
    public void Compare_SameSeed_IsTheSame()
    {
        var data = Scored();
        var one = _ml.OVCircuits().Compare(data, "Head", "Other", seed: 5).CrossEntropyDifference;
        Assert.Equal(one, new MLContext(9).OVCircuits().Compare(data, "Head", "Other", seed: 5).CrossEntropyDifference);
        Assert.Equal(one, new MLContext(5).OVCircuits().Compare(data, "Head", "Other").CrossEntropyDifference);
        Assert.NotEqual(one, _ml.OVCircuits().Compare(data, "Head", "Other", seed: 6).CrossEntropyDifference);
    }

    [Fact]
    public void Compare_PrefixThatIsNotThere_NamesTheColumn()
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Compare(Scored(), "Head", "Copier"));
        Assert.Contains("'CopierLabelRank'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_TwoLabels_SaysThatThereIsNothingToCompare()
    {
        var data = LabelledRows.Of(_ml, Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)(i + 1) % 120)));
        var pipeline = _ml.Transforms.ExtractOVCircuit("A", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK("A", outputColumnPrefix: "Own"))
            .Append(_ml.Transforms.ScoreTopK("A", labelColumnName: "Next", outputColumnPrefix: "Next"));
        var scored = pipeline.Fit(data).Transform(data);
        var error = Assert.ThrowsAny<ArgumentException>(() => _ml.OVCircuits().Compare(scored, "Own", "Next", groupColumnName: null));
        Assert.Contains("'Own' ranks 'TokenId' of 120 and 'Next' ranks 'Next' of 120", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_NoGroupColumn_SaysHowToDoWithout()
    {
        var data = LabelledRows.Of(_ml, Enumerable.Range(0, 120).Select(i => ((uint)i, (uint)i)));
        var error = Assert.ThrowsAny<ArgumentException>(
            () => _ml.OVCircuits().Compare(Pipeline(new(1, 2)).Fit(data).Transform(data), "Head", "Other"));
        Assert.Contains("'TokenGroup' must be String or Key<UInt32>, or null for no groups", error.Message, StringComparison.Ordinal);
    }

    private IDataView Scored(HeadIndex? second = null)
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        return Pipeline(second ?? new(1, 2)).Fit(tokens).Transform(tokens);
    }

    private EstimatorChain<TopKScoringTransformer> Pipeline(HeadIndex second) =>
        _ml.Transforms.ExtractOVCircuit("A", "TokenId", _model, new HeadIndex(1, 0))
            .Append(_ml.Transforms.ScoreTopK("A", outputColumnPrefix: "Head"))
            .Append(_ml.Transforms.ExtractOVCircuit("B", "TokenId", _model, second))
            .Append(_ml.Transforms.ScoreTopK("B", outputColumnPrefix: "Other"));

    private static double Width(ConfidenceInterval interval) => interval.High - interval.Low;

    private sealed class Named
    {
        public string Token { get; set; } = "";
    }

    private sealed class Grouped
    {
        public string Own { get; set; } = "";
    }
}
