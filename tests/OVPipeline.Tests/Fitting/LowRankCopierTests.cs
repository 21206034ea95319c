using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Fitting;

public sealed class LowRankCopierTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly Checkpoints.TransformerCheckpoint _model = SmallModel.Create();

    [Fact]
    public void Fit_WholeVocabulary_CopiesBetterThanTheHeadOfTheSameRank()
    {
        var tokens = _ml.Data.LoadVocabulary(_model);
        var fitted = _ml.OVCircuits().Trainers.LowRankCopier(_model, rank: 4).Append(_ml.Transforms.ScoreTopK()).Fit(tokens);
        double trained = _ml.OVCircuits().Evaluate(fitted.Transform(tokens)).Top1Accuracy;
        double head = _ml.OVCircuits().Evaluate(SmallModel.Scored(_ml, _model, 5, new HeadIndex(1, 0))).Top1Accuracy;
        Assert.True(trained > head, $"trained {trained}, head {head}");
    }

    [Fact]
    public void Fit_SameSeed_SameBits()
    {
        float[] Fit(int contextSeed, int? seed) => new MLContext(contextSeed).OVCircuits().Trainers
            .LowRankCopier(_model, new LowRankCopierTrainer.Options
            {
                Fit = new() { Rank = 3, Seed = seed, MaxSteps = 10, Objective = FitObjective.MinedSoftmax },
            })
            .Fit(_ml.Data.LoadVocabulary(_model)).Circuit.H.Values.ToArray();
        Assert.Equal(Fit(5, null), Fit(5, null));
        Assert.Equal(Fit(5, null), Fit(9, 5));
    }

    [Fact]
    public void Fit_WithinANorm_SaysHowItWent()
    {
        var head = _model.Weights.OVCircuit(new HeadIndex(1, 0));
        var fit = new LowRankFitOptions { Rank = head.Rank, MaxNorm = head.FrobeniusNorm(), KnownFactors = [head] };
        var options = new LowRankCopierTrainer.Options { Fit = fit };
        var fitted = _ml.OVCircuits().Trainers.LowRankCopier(_model, options).Fit(_ml.Data.LoadVocabulary(_model));
        Assert.Equal((FitStop.Stationary, fitted.Circuit.Residual), (fitted.Fit!.StopReason, fitted.Fit.Residual));
        Assert.InRange(fitted.Fit.Stationarity!.Value, 0, options.Fit.StationarityTolerance);
        Assert.Null(
            _ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 0)).Fit(_ml.Data.LoadVocabulary(_model)).Fit);
    }

    [Fact]
    public void Fit_CancelledAtOnce_Throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var trainer = _ml.OVCircuits().Trainers
            .LowRankCopier(_model, new LowRankCopierTrainer.Options { Fit = new() { Rank = 3 }, CancellationToken = source.Token });
        Assert.ThrowsAny<OperationCanceledException>(() => trainer.Fit(_ml.Data.LoadVocabulary(_model)));
    }

    [Fact]
    public void Fit_WeightColumn_LearnsTheWeightedRowsBest()
    {
        var definition = SchemaDefinition.Create(typeof(Weighted));
        definition["TokenId"].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var rows = Enumerable.Range(0, 120).Select(i => new Weighted { TokenId = (uint)i, Weight = i < 20 ? 1 : 0 });
        var data = _ml.Data.LoadFromEnumerable(rows, definition);
        var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 3 }, ExampleWeightColumnName = "Weight" };
        var scored = _ml.OVCircuits().Trainers.LowRankCopier(_model, options).Append(_ml.Transforms.ScoreTopK()).Fit(data).Transform(data);
        float[] ranks = [.. scored.GetColumn<float>("LabelRank")];
        Assert.True(ranks.Take(20).Average(rank => 1.0 / rank) > ranks.Skip(20).Average(rank => 1.0 / rank));
    }

    [Fact]
    public void Fit_LabelColumn_MapsTokensToTheirLabelsAndNotToThemselves()
    {
        var definition = SchemaDefinition.Create(typeof(Followed));
        foreach (string name in new[] { nameof(Followed.TokenId), nameof(Followed.Next) })
            definition[name].ColumnType = new KeyDataViewType(typeof(uint), 120);
        var rows = Enumerable.Range(0, 120).Select(i => new Followed { TokenId = (uint)i, Next = (uint)((i + 1) % 120) });
        var data = _ml.Data.LoadFromEnumerable(rows, definition);
        var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 8 }, LabelColumnName = nameof(Followed.Next) };
        var circuit = _ml.OVCircuits().Trainers.LowRankCopier(_model, options).Fit(data);
        var fitted = circuit.Transform(data);
        double Reciprocal(string label)
        {
            var scored = _ml.Transforms.ScoreTopK(labelColumnName: label).Fit(fitted).Transform(fitted);
            return scored.GetColumn<float>("LabelRank").Average(rank => 1.0 / rank);
        }

        double next = Reciprocal(nameof(Followed.Next)), own = Reciprocal(nameof(Followed.TokenId));
        Assert.True(next > 0.2 && next > 2 * own, $"the next token {next}, its own {own}");
    }

    [Fact]
    public void Fit_Progress_IsReportedAndLogged()
    {
        var log = new List<string>();
        _ml.Log += (_, message) => log.Add(message.Message);
        var steps = new List<int>();
        _ml.OVCircuits().Trainers
            .LowRankCopier(_model, new LowRankCopierTrainer.Options
            {
                Fit = new() { Rank = 3, MaxSteps = 5 },
                Progress = new Listing(steps),
            })
            .Fit(_ml.Data.LoadVocabulary(_model));
        Assert.NotEmpty(steps);
        Assert.Contains(log, message => message.Contains("rank 3", StringComparison.Ordinal));
        Assert.Contains(log, message => message.Contains("log-loss", StringComparison.Ordinal));
    }

    [Fact]
    public void Fit_RowsWithoutTokenOrLabel_TeachNothing()
    {
        (uint, uint)[] whole = [.. Enumerable.Range(0, 40).Select(i => ((uint)i, (uint)i))];
        (uint, uint)[] missing = [(LabelledRows.Missing, 3), (50, LabelledRows.Missing)];
        float[] Fitted((uint, uint)[] rows)
        {
            var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 3, MaxSteps = 5 }, LabelColumnName = "Next" };
            return _ml.OVCircuits().Trainers.LowRankCopier(_model, options).Fit(LabelledRows.Of(_ml, rows)).Circuit.H.Values.ToArray();
        }

        Assert.Equal(Fitted(whole), Fitted([.. whole, .. missing]));
    }

    [Fact]
    public void Fit_ExecutionCancelledOnTheContext_Ends()
    {
        var options = new LowRankCopierTrainer.Options { Fit = new() { Rank = 3 }, Progress = new Cancelling(_ml) };
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(_model, options);

        Assert.ThrowsAny<OperationCanceledException>(() => trainer.Fit(_ml.Data.LoadVocabulary(_model)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void LowRankCopier_RankOutOfRange_NamesTheRange(int rank)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.OVCircuits().Trainers.LowRankCopier(_model, rank));
        Assert.Contains($"rank must be in [1, 16], was {rank}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_WeightColumnOfKeys_NamesColumnAndType()
    {
        var trainer = _ml.OVCircuits().Trainers
            .LowRankCopier(_model, new LowRankCopierTrainer.Options { Fit = new() { Rank = 3 }, ExampleWeightColumnName = "TokenId" });
        var error = Assert.ThrowsAny<ArgumentException>(() => trainer.Fit(_ml.Data.LoadVocabulary(_model)));
        Assert.Contains("weight column 'TokenId'", error.Message, StringComparison.Ordinal);
    }

    private sealed class Listing(List<int> steps) : IProgress<FitProgress>
    {
        public void Report(FitProgress value) => steps.Add(value.Step);
    }

    // What AutoML calls when its time is over; not public.
    private sealed class Cancelling(MLContext ml) : IProgress<FitProgress>
    {
        private static readonly System.Reflection.MethodInfo s_cancel = typeof(MLContext).GetMethod("CancelExecution",
            System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public)!;

        public void Report(FitProgress value) => s_cancel.Invoke(ml, null);
    }

    private sealed class Followed
    {
        public uint TokenId { get; set; }
        public uint Next { get; set; }
    }

    private sealed class Weighted
    {
        public uint TokenId { get; set; }
        public float Weight { get; set; }
    }
}
