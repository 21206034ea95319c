using System.Globalization;
using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Experiments.Tests.Frontier;

public sealed class FrontierBoundsTests : IDisposable
{
    private static readonly RankFrontierOptions s_options = RankFrontierOptions.Quick with { Bounds = true, Ranks = [1, 2, 4, 8] };

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-bounds-").FullName;
    private readonly TransformerCheckpoint _model = TinyModel.Create(60, 8, 2, 3, 2);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_Bounds_IsAnIntervalForEveryRankAtBothNorms()
    {
        var found = new RankFrontier(s_options).Run(new Laboratory(_model));
        Assert.Null(found.NoBounds);
        Assert.Equal(
            from norm in new[] { found.Head.Norm, found.Pair!.Norm }.Order() from rank in s_options.Ranks! select (norm, rank),
            from one in found.Intervals select (one.Norm, one.Rank));
        Assert.All(found.Intervals, one => Assert.InRange(one.Width, 0, Math.Log(60)));
        // More rank or more norm never has a higher side.
        foreach (var (a, b) in from a in found.Intervals from b in found.Intervals where b.Rank >= a.Rank && b.Norm >= a.Norm select (a, b))
            Assert.True(b.LeastLogLoss <= a.LeastLogLoss + 1e-9 && b.MostLogLoss <= a.MostLogLoss + 1e-9, $"{a} and {b}");
        // d_model, where the relaxation is the problem itself.
        Assert.InRange(found.Intervals[^1].Width, 0, 0.05);
        Assert.All(found.Bounds, bound => Assert.True(bound.Refit!.Norm <= bound.Norm * (1 + 1e-5), "A fit is larger than its norm."));
    }

    [Fact]
    public void Run_Bounds_HoldForCircuitsThatNobodyFitted()
    {
        var found = new RankFrontier(s_options).Run(new Laboratory(_model));
        var (random, weights) = (new Random(1), _model.Weights);
        Matrix Noise(int rows, int columns) => Matrix.Create(rows, columns, (_, _) => (float)(random.NextDouble() - 0.5));
        foreach (var bound in found.Bounds)
        {
            for (int i = 0; i < 20; i++)
            {
                var pair = i % 2 == 0 ? Noise(8, bound.Rank) : TransposedRows(weights.W_E, bound.Rank, random);
                var map = new FactoredMatrix(pair, i % 2 == 0 ? Noise(bound.Rank, 8) : pair.Transpose());
                map = HalvedCircuit.Scaled(map, bound.Norm / map.FrobeniusNorm());
                double loss = new CopyingMeasureOf(_model).LogLoss(map);
                Assert.True(loss >= bound.LogLoss, $"A circuit of rank {bound.Rank} has {loss}, the bound is {bound.LogLoss}.");
            }
        }
    }

    [Fact]
    public void Run_Bounds_AreInTablesChartAndNotesWithWhatTheyDoNotSay()
    {
        var section = new RankFrontier(s_options).Run(new Laboratory(_model)).ToSection();
        foreach (string id in new[] { "frontier-two-sided", "frontier-bounds" })
            Assert.Contains("says nothing of accuracy, of other embeddings", section.Tables.Single(table => table.Id == id).Note,
                StringComparison.Ordinal);
        var chart = section.Charts.Single(one => one.Id == "frontier-loss");
        Assert.Contains("says nothing of accuracy, of other embeddings", chart.Caption, StringComparison.Ordinal);
        Assert.Contains(section.Notes, note => note.Title == "What a bound says"
            && note.Text.Contains("says nothing of accuracy, of other embeddings", StringComparison.Ordinal));

        // Each band lies between its bound's line and the fit, or below that; a norm is hit to a few units of single precision.
        foreach (var band in chart.Series.Where(one => one.Band))
        {
            var lower = chart.Series.Single(one => one.Low is null && one.Y.SequenceEqual(band.Low!));
            Assert.StartsWith("no circuit below, at the ", lower.Name, StringComparison.Ordinal);
            Assert.All(band.Y.Zip(band.High!), pair => Assert.InRange(pair.Second, 0, pair.First + 1e-5));
        }
        Assert.Equal(2, chart.Series.Count(one => one.Band));

        var table = section.Tables.Single(one => one.Id == "frontier-two-sided");
        Assert.Equal(6, table.Rows.Count);
        for (int row = 0; row < 6; row += 3)
            for (int column = 1; column < table.Columns.Count; column++)
            {
                double Cell(int at) => table.Rows[row + at][column].Number!.Value;
                Assert.Equal(Cell(0) - Cell(1), Cell(2), 1e-12);
            }
    }

    [Fact]
    public void Run_TwoHalves_AreWithinHalfTheRankAndTheHeadsNorms()
    {
        var found = new RankFrontier(s_options).Run(new Laboratory(_model));
        var split = found.Split!;
        Assert.Equal(1, split.HalfRank);
        var heads = found.Pair!.Row.Heads;
        Assert.Equal(heads.Select(head => TokenCircuit.OfHeads(_model.Weights, head).Residual.FrobeniusNorm()), split.Norms);
        Assert.Equal((1, split.Norms.Sum()), (split.Bound.Rank, split.Bound.Norm));
        Assert.InRange(split.Bound.LogLoss, 0, split.Halves.Row.LogLoss);
        Assert.True(split.Halves.Norm <= split.Norms.Sum(), "Two halves are larger than both heads.");
        // A head's own halves at its own norms are no exception.
        var own = TokenCircuit.OfHeads(_model.Weights, heads[0]).Residual;
        var (first, second) = HalvedCircuit.Of(own, 1, split.Norms[0], split.Norms[1]);
        Assert.True(new CopyingMeasureOf(_model).LogLoss(FactoredMatrix.Sum(first, second)) >= split.Bound.LogLoss);
    }

    [Fact]
    public void Run_PartLost_GivesTheSameFromWhatWasKept()
    {
        RankFrontierResult Run() => new RankFrontier(s_options).Run(new Laboratory(_model, new() { Store = _folder }));
        var whole = Run();
        foreach (string name in new[] { "frontier.result.json", $"frontier.bound-{whole.Head.Norm:0.000}-2.json" })
            File.Delete(Path.Combine(_folder, name));
        var times = Directory.EnumerateFiles(_folder).ToDictionary(file => file, File.GetLastWriteTimeUtc);
        Assert.Equal(TinyForward.Json(whole), TinyForward.Json(Run()));
        Assert.All(times, one => Assert.Equal(one.Value, File.GetLastWriteTimeUtc(one.Key)));
    }

    [Theory]
    [InlineData("rank 8, what no circuit does")]             // before its first step
    [InlineData("rank 8, what no circuit does: below")]      // after one
    [InlineData("rank 2, what no circuit does: below")]
    public void Run_Cancelled_KeepsTheBoundSoFarAndGoesOnFromThere(string at)
    {
        using var source = new CancellationTokenSource();
        var stop = new Told(one =>
        {
            if (one.StartsWith(at, StringComparison.Ordinal))
                source.Cancel();
        });
        Laboratory Laboratory() => new(_model, new() { Store = _folder });
        Assert.ThrowsAny<OperationCanceledException>(() => new RankFrontier(s_options).Run(Laboratory(), stop, source.Token));
        string kept = Assert.Single(Directory.EnumerateFiles(_folder, "*-so-far.json"));
        Assert.Contains("\"logLoss\":", File.ReadAllText(kept), StringComparison.Ordinal);

        var resumed = new RankFrontier(s_options).Run(Laboratory());
        var whole = new RankFrontier(s_options).Run(new Laboratory(_model));
        Assert.Equal(whole.Bounds.Count, resumed.Bounds.Count);
        foreach (var (one, other) in whole.Bounds.Zip(resumed.Bounds))
            Assert.Equal(one.LogLoss, other.LogLoss, 0.01); // both within the tolerance of the search
    }

    [Fact]
    public void Run_BoundSoFar_IsNeverLostToAWorseOne()
    {
        // One step of two was taken before: one more is allowed, and the better bound stands.
        using var source = new CancellationTokenSource();
        var options = s_options with { BoundSteps = 2 };
        Laboratory Laboratory() => new(_model, new() { Store = _folder });
        int steps = 0;
        var stop = new Told(one =>
        {
            if (one.Contains("after 1 steps", StringComparison.Ordinal) && steps++ == 0)
                source.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => new RankFrontier(options).Run(Laboratory(), stop, source.Token));
        using var kept = JsonDocument.Parse(File.ReadAllText(Assert.Single(Directory.EnumerateFiles(_folder, "*-so-far.json"))));
        double soFar = kept.RootElement.GetProperty("value").GetProperty("bound").GetProperty("logLoss").GetDouble();
        var resumed = new RankFrontier(options).Run(Laboratory());
        Assert.All(resumed.Bounds, bound => Assert.InRange(bound.Steps, 0, 2));
        Assert.Equal(LowRankBoundStop.Steps, resumed.Bounds[0].Stop);
        Assert.True(resumed.Bounds[0].LogLoss >= soFar, $"The bound was {soFar} and is {resumed.Bounds[0].LogLoss}.");
    }

    [Fact]
    public void Run_NoFitSteps_RefitIsTheRelaxedSolutionAtTheNorm()
    {
        var found = new RankFrontier(s_options with { MaxFitSteps = 0 }).Run(new Laboratory(_model));
        Assert.All(found.Bounds, bound => Assert.Equal(bound.Norm, bound.Refit!.Norm, bound.Norm * 1e-5));
        foreach (var bound in found.Bounds.Where(bound => bound.Rank == 8)) // d_model: nothing is cut
            Assert.Equal(bound.RelaxedLogLoss, bound.Refit!.Row.LogLoss, 1e-3);
    }

    [Fact]
    public void Intervals_RefitIsBetter_TakesTheFitsPlaceAndSaysSo()
    {
        var found = new RankFrontier(s_options).Run(new Laboratory(_model));
        var worse = found.Bounds.Single(bound => bound.Rank == 2 && bound.Way == FrontierWay.AtHeadNorm);
        double fit = found.Arm(worse.Way, 2)!.LogLoss;
        RankFrontierResult With(double gain)
        {
            var refit = worse.Refit! with { Norm = worse.Norm, Row = worse.Refit.Row with { LogLoss = fit - gain } };
            return found with { Bounds = [.. found.Bounds.Select(bound => bound == worse ? bound with { Refit = refit } : bound)] };
        }
        var better = With(0.3);
        var interval = better.Intervals.Single(one => one.Rank == 2 && one.Norm == worse.Norm);
        Assert.Equal((fit - 0.3, "a fit of rank 2 from the relaxed solution"), (interval.MostLogLoss, interval.ReachedBy));
        Assert.NotNull(better.Failures[worse.Way, 2]); // the fit that was there was not what it could have been
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"took the place of those that were there, by nats: rank 2 at norm "
            + $"{worse.Norm:0.0} by 0.300"), Note(better), StringComparison.Ordinal);
        Assert.DoesNotContain("rank 2 at norm", Note(With(0.0005)), StringComparison.Ordinal);

        static string? Note(RankFrontierResult result) =>
            result.ToSection().Tables.Single(table => table.Id == "frontier-bounds").Note;
    }

    [Fact]
    public void Run_LogitsNotAtModelScale_SaysWhyThereIsNoInterval()
    {
        var model = TinyForward.Model(normalization: NormalizationKind.LN);
        Assert.False(model.Weights.LogitsAtModelScale);
        var found = new RankFrontier(s_options).Run(new Laboratory(model));
        Assert.Empty(found.Bounds);
        Assert.Null(found.LossByRank);
        Assert.Null(found.Split);
        var section = found.ToSection();
        Assert.DoesNotContain(section.Tables, table => table.Id is "frontier-two-sided" or "frontier-bounds");
        Assert.Contains(section.Statements, one => one.Topic == ReportTopic.NotInformative
            && one.Text.Contains("no interval is given, because log-losses of these circuits are not at the model's scale",
                StringComparison.Ordinal));
        Assert.Contains(section.Notes, note => note.Title == "No interval"
            && note.Text.Contains("--norm-scales", StringComparison.Ordinal));
        Assert.DoesNotContain(section.Charts.SelectMany(chart => chart.Series), one => one.Band);
    }

    [Fact]
    public void Run_NotAskedFor_SaysSoInANoteAlone()
    {
        var section = new RankFrontier(RankFrontierOptions.Quick).Run(new Laboratory(_model)).ToSection();
        Assert.Contains(section.Notes, note => note.Title == "No interval"
            && note.Text.Contains("because bounds were not asked for", StringComparison.Ordinal));
        Assert.DoesNotContain(section.Statements, one => one.Text.Contains("interval", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(30, 8, 1, 1, 8)] // one head, as wide as the model
    [InlineData(12, 4, 1, 2, 4)] // two such
    [InlineData(4, 2, 1, 1, 1)]  // rank 1: no half of it
    [InlineData(25, 4, 1, 2, 6)] // heads wider than the model
    public void Run_OddShapes_GivesIntervals(int vocabulary, int dModel, int layers, int heads, int dHead)
    {
        var found = new RankFrontier(RankFrontierOptions.Quick with { Bounds = true })
            .Run(new Laboratory(TinyModel.Create(vocabulary, dModel, layers, heads, dHead)));
        Assert.All(found.Intervals, one => Assert.InRange(one.Width, -1e-6, Math.Log(vocabulary)));
        Assert.NotEmpty(found.Intervals);
        Assert.Equal(heads > 1 && found.HeadRank > 1, found.Split is not null);
        Assert.All(found.ToSection().Statements, one => Assert.DoesNotContain("NaN", one.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3142, 192, new[] { 1, 16, 32, 192 })] // the embedded model
    [InlineData(30522, 384, new[] { 16, 32 })]        // MiniLM's size
    [InlineData(50278, 768, new int[0])]              // the course's
    public void BoundRanks_Size_LeavesOutWhatTakesHours(int vocabulary, int dModel, int[] expected)
    {
        var config = _model.Weights.Config with { Vocabulary = vocabulary, DModel = dModel };
        var options = new RankFrontierOptions();
        Assert.Equal(expected, options.BoundRanks([1, 16, 32, 192], config, 16));
        Assert.Empty((options with { Bounds = false }).BoundRanks([1, 16, 32, 192], config, 16));
    }

    private static Matrix TransposedRows(Matrix rows, int count, Random random)
    {
        int[] chosen = [.. Enumerable.Range(0, count).Select(_ => random.Next(rows.Rows))];
        return Matrix.Create(rows.Columns, count, (i, j) => rows[chosen[j], i]);
    }

    private sealed class Told(Action<string> told) : IProgress<ExperimentProgress>
    {
        public void Report(ExperimentProgress value) => told(value.Doing);
    }

    // The log-loss of copying by any map, as the definition has it.
    private sealed class CopyingMeasureOf(TransformerCheckpoint model)
    {
        public double LogLoss(FactoredMatrix map)
        {
            var logits = MatrixProduct.Multiply(MatrixProduct.Multiply(model.Weights.W_E, map.ToMatrix()), model.Weights.W_U);
            double sum = 0;
            for (int i = 0; i < logits.Rows; i++)
            {
                double[] row = [.. logits.Row(i).ToArray().Select(value => (double)value)];
                double shift = row.Max();
                sum += shift + Math.Log(row.Sum(value => Math.Exp(value - shift))) - row[i];
            }
            return sum / logits.Rows;
        }
    }
}
