using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using OVPipeline.Core;
using OVPipeline.Reporting;
using static OVPipeline.Samples.TestTheClaim.CopyingColumns;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Experiment 2: what each rank can copy through the model's embeddings, and where the model's own circuits stand below that.</summary>
internal sealed class RankFrontier : IExperiment
{
    /// <summary>The table of the main picture.</summary>
    public const string ByRankTable = "frontier-by-rank";

    private const string FrontierTable = "frontier-arms", ReachTable = "frontier-reach", SlackTable = "frontier-slack";
    private const string Free = "fitted, free", Capped = "fitted, at the head's norm", PairCapped = "fitted, at the pair's norm", Start = "closed-form start alone", NoFit = "no fit: top eigenvectors of W_E' W_E";

    public string Name => "frontier";

    public string Title => "2. Rank frontier";

    public string Question => "What is the most that rank r can copy through these embeddings, freely and at the norm of the model's best head, and does the model come near it? "
        + "This tests whether rank is feasible and whether it binds, not why training splits.";

    public int Version => 3;

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var config = context.Config;
        var head = context.Tested.Heads(progress, cancellationToken)[0];
        var pair = context.Tested.BestPair(progress, cancellationToken);
        double norm = context.Model.Weights.OVCircuit(head.Heads[0]).FrobeniusNorm();
        int[] ranks = Ranks(config.DModel, context.HeadRank, context.Options.Quick);
        double pairNorm = pair is null ? 0 : TokenCircuit.OfHeads(context.Model.Weights, pair.Heads).Residual.FrobeniusNorm();
        (string Way, double? Norm)[] fitted = [(Free, null), (Capped, norm), .. pair is null ? [] : new (string, double?)[] { (PairCapped, pairNorm) }];
        FactoredMatrix[] own = [.. new[] { head, pair }.OfType<CopyingRow>().Select(row => TokenCircuit.OfHeads(context.Model.Weights, row.Heads).Residual)];
        var fits = new FrontierFits(context, own, cancellationToken);
        var steps = new Steps(fitted.Length * ranks.Sum(fits.RepeatsAt) + 3 * ranks.Length, progress, cancellationToken);

        List<FrontierArm> arms = [];
        foreach (int rank in ranks)
        {
            foreach (var (way, cap) in fitted)
                arms.Add(new(way, rank, [.. Enumerable.Range(0, fits.RepeatsAt(rank)).Select(repeat => steps.Next($"rank {rank}, {way}", () => fits.Fitted(rank, repeat, cap)))]));
            arms.Add(new(Start, rank, [steps.Next($"rank {rank}, start", () => fits.StartAlone(rank))]));
        }
        var gram = Gram(context.Model.Weights);
        foreach (int rank in ranks)
            arms.Add(new(NoFit, rank, [steps.Next($"rank {rank}, no fit", () => context.Result(CircuitKind.Direct, NoFit, TopEigenvectors(context.Model.Weights, gram, rank), cancellationToken))]));
        foreach (var (name, circuit) in Own(context, head, pair))
            foreach (int rank in ranks.Where(rank => rank <= circuit.Rank))
                arms.Add(new(name, rank, [steps.Next($"{name}, rank {rank}", () => context.Result(CircuitKind.Truncated, name, circuit.Truncate(rank), cancellationToken))]));

        var copying = context.Tested.Copying(progress, cancellationToken);
        bool atScale = context.Model.Weights.LogitsAtModelScale;
        var failures = FrontierFailures.Of(arms, fitted, [.. OwnPoints(context.Model.Weights, (head, norm), (pair, pairNorm))], config.Vocabulary);
        var reach = Reach(context, fits, arms, failures, (head, norm), (pair, pairNorm), progress).ToArray();
        (string Name, CopyingRow? Row, string AtNorm, bool Copies)[] compared =
        [
            ($"The best head ({head.Name})", head, Capped, copying.HeadCopies), ($"The best pair ({pair?.Name})", pair, PairCapped, copying.PairCopies),
        ];
        FrontierSlack[] slack = [.. compared.Where(one => one.Row is not null).Select(one =>
        {
            int rank = Math.Min(one.Row!.Rank, config.DModel);
            FrontierArm Of(string way) => arms.First(arm => arm.Way == way && arm.Rank == rank);
            return new FrontierSlack(one.Name, rank, one.Row, Of(Free), Of(one.AtNorm), Math.Log(config.Vocabulary))
            {
                Copies = one.Copies,
                AtModelScale = atScale,
                FitFailed = failures[Free, rank],
                AtNormFailed = failures[one.AtNorm, rank],
            };
        })];
        string census = $"{Census(config)} Where a circuit was fitted more than once: the mean over fit seeds and its 95 % interval (Student's t).";
        return new()
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. Statements(context, copying, arms, failures, reach, slack, pair)],
            Pictures = [.. Pictures(arms, ranks, head, pair, Math.Log(config.Vocabulary))],
            Tables =
            [
                ByRank(arms, ranks, context.HeadRank, census) with { Note = failures.Note },
                Checked(ReachRow.Table(ReachTable, reach, context.Options.Quick)),
                Checked(FrontierSlack.Table(SlackTable, slack, config)),
                new(FrontierTable, "Every rank and every way to fill it", [ReportColumn.Heads("way"), .. ArmTable.Columns], [.. arms.Select(arm => (ReportValue[])[arm.Way, .. ArmTable.Of(arm.Repeats)])])
                {
                    Units = census,
                    Note = failures.After(string.Create(CultureInfo.InvariantCulture, $"Norms are Frobenius norms of W_V W_O: of head {head.Name} {norm:0.0}{(pair is null ? "" : $", of the pair {pair.Name} {pairNorm:0.0}")}. Truncations are Frobenius-optimal in the V x V map, not accuracy-optimal. "
                        + $"A fit seed moves only the random parts of the start; its interval is that of the method, not of training. ") + ArmTable.StationarityNote),
                },
            ],
            Notes =
            [
                new("Squared error is another metric", SquaredError(context, ranks)),
                new("Free factors need no rank", "With factors of one's own choice rank 2 ranks every token first: points on a circle. What rank limits is the margin, at a bounded norm, through embeddings that are given."),
                new("What norm bounds", "Which token ranks first does not change when a circuit is scaled, so any free fit ranks as many first at the head's norm. What the norm bounds is the margin: the log-loss at natural scale, which fits at the norm minimise. Their top-1 is that of the best margins, not the best top-1 at that norm."),
            ],
        };

        ReportTable Checked(ReportTable table) => table with { Note = failures.After(table.Note) };
    }

    private static int[] Ranks(int dModel, int headRank, bool quick)
    {
        IEnumerable<int> doubling = Enumerable.Range(0, 31).Select(i => 1 << i).TakeWhile(rank => rank <= dModel);
        IEnumerable<int> all = [.. doubling, headRank, 2 * headRank, dModel];
        int[] ranks = [.. all.Where(rank => rank <= dModel).Distinct().Order()];
        return quick ? [.. ranks.Where(rank => rank == 1 || rank == headRank || rank == 2 * headRank || rank == dModel)] : ranks;
    }

    private static IEnumerable<(string, TokenCircuit)> Own(ExperimentContext context, CopyingRow head, CopyingRow? pair)
    {
        var weights = context.Model.Weights;
        yield return ($"best head {head.Name}, truncated", TokenCircuit.OfHeads(weights, head.Heads));
        if (pair is not null)
            yield return ($"best pair {pair.Name}, truncated", TokenCircuit.OfHeads(weights, pair.Heads));
        int layer = (pair ?? head).Heads[0].Layer;
        yield return ($"all of layer {layer}, truncated", TokenCircuit.OfHeads(weights, [.. context.Config.HeadsOf(layer)]));
    }

    private static ReportTable ByRank(List<FrontierArm> arms, int[] ranks, int headRank, string census)
    {
        // On a narrow console the ranks nearest to a head's stay.
        int Distance(int rank) => (int)Math.Abs(10 * Math.Log2((double)rank / headRank));
        ReportColumn Column(int rank) => ReportColumn.Share($"{rank}", key: $"top1_rank{rank}") with { Priority = Distance(rank) };
        ReportValue Top1(IEnumerable<FrontierArm> way, int rank) => way.FirstOrDefault(arm => arm.Rank == rank)?.Top1;
        return new(ByRankTable, "Tokens that each rank puts first", [ReportColumn.Heads("r", key: "way"), .. ranks.Select(Column)],
            [.. arms.GroupBy(arm => arm.Way).Select(way => (ReportValue[])[way.Key, .. ranks.Select(rank => Top1(way, rank))])])
        {
            Units = census,
        };
    }

    private static Matrix<double> Gram(TransformerWeights weights)
    {
        var gram = MatrixProduct.TransposeMultiply(weights.W_E, weights.W_E);
        return Matrix<double>.Build.Dense(gram.Rows, gram.Columns, (i, j) => (gram[i, j] + (double)gram[j, i]) / 2).Evd(Symmetricity.Symmetric).EigenVectors;
    }

    // MathNet sorts eigenvalues of symmetric matrices in ascending order.
    private static TokenCircuit TopEigenvectors(TransformerWeights weights, Matrix<double> vectors, int rank)
    {
        var top = Core.Matrix.Create(vectors.RowCount, rank, (i, k) => (float)vectors[i, vectors.ColumnCount - 1 - k]);
        return TokenCircuit.FromResidual(weights, NoFit, new FactoredMatrix(top, top.Transpose()));
    }

    // The model's circuits through the same embeddings as the fits: where norms are held, those of the layer that reads W_E as it is.
    private static IEnumerable<FrontierPoint> OwnPoints(TransformerWeights weights, params (CopyingRow? Row, double Norm)[] circuits) =>
        from circuit in circuits
        where circuit.Row is { } row && Comparable(weights, row)
        select new FrontierPoint(circuit.Row!.Kind == CircuitKind.Pair ? $"the pair {circuit.Row.Name}" : $"head {circuit.Row.Name}", circuit.Row.Rank, circuit.Norm, circuit.Row.LogLoss);

    private static bool Comparable(TransformerWeights weights, CopyingRow row) =>
        weights.NormScales is null || row.Heads.All(head => head.Layer == weights.ReadingLayer);

    private static IEnumerable<ReachRow> Reach(ExperimentContext context, FrontierFits fits, List<FrontierArm> arms, FrontierFailures failures, (CopyingRow Row, double Norm) head, (CopyingRow? Row, double Norm) pair, IProgress<ExperimentProgress> progress)
    {
        (string Target, string Way, double Value, double Norm, CopyingRow? Known)[] targets =
        [
            ($"rank as many tokens first as the best head ({head.Row.Name})", Free, head.Row.Top1, 0, head.Row),
            .. pair.Row is null ? [] : new (string, string, double, double, CopyingRow?)[] { ($"rank as many tokens first as the best pair ({pair.Row.Name})", Free, pair.Row.Top1, 0.0, pair.Row) },
            ("rank 99 % of all tokens first", Free, 0.99, 0, null),
            ($"have the log-loss of the best head ({head.Row.Name}) at its norm", Capped, head.Row.LogLoss, head.Norm, head.Row),
            .. pair.Row is null ? [] : new (string, string, double, double, CopyingRow?)[] { ($"have the log-loss of the best pair ({pair.Row.Name}) at its norm", PairCapped, pair.Row.LogLoss, pair.Norm, pair.Row) },
        ];
        foreach (var (target, way, value, norm, circuit) in targets)
        {
            progress.Report(new(1, $"smallest rank to {target}"));
            bool loss = way != Free;
            var tested = arms.Where(arm => arm.Way == way).Select(arm => (arm.Rank, loss ? arm.LogLoss <= value : arm.Top1 >= value, failures[way, arm.Rank] is not null)).ToArray();
            int? known = circuit is not null && Comparable(context.Model.Weights, circuit) && circuit.Rank <= context.Config.DModel ? circuit.Rank : null;
            yield return ReachRow.Find(target, loss ? "log_loss" : "top1", value, known, tested, context.Options.Quick ? null : rank => loss ? fits.ReachesLogLoss(rank, value, norm) : fits.ReachesTop1(rank, value));
        }
    }

    private static IEnumerable<ReportStatement> Statements(
        ExperimentContext context, CopyingHeads copying, List<FrontierArm> arms, FrontierFailures failures, ReachRow[] reach, FrontierSlack[] slack, CopyingRow? pair)
    {
        bool atScale = context.Model.Weights.LogitsAtModelScale;
        if (CopyingSentences.NoCopyingHead(copying) is { } none)
            yield return new(ReportTopic.Found, none, FrontierTable);
        foreach (var row in reach.Where(row => (atScale || row.Metric == "top1") && Copies(row)))
            yield return row.Statement(ReachTable);
        foreach (var circuit in slack)
            if (circuit.Statement(SlackTable) is { } statement)
                yield return statement;
        if (pair is not null && copying.PairCopies && atScale && arms.FirstOrDefault(arm => arm.Way == PairCapped && arm.Rank == context.HeadRank) is { } fit)
            yield return FrontierVerdicts.HalfTheRank((pair.Name, pair.LogLoss), (fit.Rank, fit.LogLoss), failures[PairCapped, fit.Rank], FrontierTable);

        bool Copies(ReachRow row) => row.Target.Contains("best head", StringComparison.Ordinal) ? copying.HeadCopies
            : !row.Target.Contains("best pair", StringComparison.Ordinal) || copying.PairCopies;
    }

    private static IEnumerable<ReportPicture> Pictures(List<FrontierArm> arms, int[] ranks, CopyingRow head, CopyingRow? pair, double chance)
    {
        double[] ticks = [.. ranks.Select(rank => (double)rank)];
        ChartSeries Series(string arm, Func<IReadOnlyList<CircuitResult>, double?> value, double scale, bool interval)
        {
            var own = arms.Where(one => one.Way == arm).OrderBy(one => one.Rank).ToArray();
            return new(arm, [.. own.Select(one => (double)one.Rank)], [.. own.Select(one => scale * value(one.Repeats) ?? double.NaN)])
            {
                Low = interval ? [.. own.Select(one => scale * ArmTable.Interval(one.Repeats)?.Low ?? double.NaN)] : null,
                High = interval ? [.. own.Select(one => scale * ArmTable.Interval(one.Repeats)?.High ?? double.NaN)] : null,
            };
        }
        ChartSeries Level(string name, double value) => new(name, [ticks[0], ticks[^1]], [value, value]) { Reference = true };
        string[] names = [.. arms.Select(arm => arm.Way).Distinct()];
        yield return ReportChart.Lines("frontier-top1", "What each rank copies", "Top-1 share of all tokens. Bars: 95 % interval over fit seeds, where there are several; most are smaller than the markers.",
            "rank r", "top-1, % of tokens",
            [.. names.Select(name => Series(name, repeats => ArmTable.Top1(repeats), 100, interval: true)), Level($"best head {head.Name}", 100 * head.Top1), .. pair is null ? [] : new[] { Level($"best pair {pair.Name}", 100 * pair.Top1) }],
            ticks);
        yield return ReportChart.Lines("frontier-separation", "The same as effective rank", "The separation d' that gives the top-1 share, squared. A random code of r dimensions would have d'² = r. Points at 0 % or 100 % have no d'.",
            "rank r", "d'²", [.. names.Select(name => Series(name, repeats => repeats.Average(one => one.Row.DPrime * one.Row.DPrime), 1, interval: false))], ticks);
        yield return ReportChart.Lines("frontier-loss", "What norm limits: log-loss at its natural scale", $"Fits are held to the norm of head {head.Name}{(pair is null ? "" : $" or of the pair {pair.Name}")}. Chance is log V.",
            "rank r", "log-loss, nats",
            [
                .. new[] { Capped, PairCapped }.Where(names.Contains).Select(way => Series(way, repeats => repeats.Average(one => one.Row.LogLoss), 1, interval: false)), Level($"best head {head.Name}", head.LogLoss),
                .. pair is null ? [] : new[] { Level($"best pair {pair.Name}", pair.LogLoss) }, Level("chance", chance),
            ], ticks);
    }

    private static string SquaredError(ExperimentContext context, int[] ranks)
    {
        int rank = ranks[^1];
        var fit = LowRankFitter.Fit(context.Model.Weights.W_E, context.Model.Weights.W_U, FitExamples.Copying(context.Config.Vocabulary), new() { Rank = rank, Seed = context.Options.Seed, Objective = FitObjective.SquaredError });
        return string.Create(CultureInfo.InvariantCulture, $"As an approximation of the identity in squared error, rank r leaves V less the sum of the r largest squared canonical correlations of the embeddings. Here rank {rank} leaves {100 * fit.SquaredError:0.0} % "
            + $"and yet ranks {100 * fit.Accuracy:0.0} % of the tokens first: \"a better approximation\" needs a metric.");
    }
}
