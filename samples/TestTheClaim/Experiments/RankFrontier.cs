using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using OVPipeline.Core;
using OVPipeline.Reporting;
using static OVPipeline.Samples.TestTheClaim.CopyingColumns;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Experiment 2: what each rank can copy through the model's embeddings, and where the model's own circuits stand below that.</summary>
internal sealed class RankFrontier : IExperiment
{
    private const string FrontierTable = "frontier-arms", ReachTable = "frontier-reach", BindingTable = "frontier-binding";
    private const string Free = "fitted, free", Capped = "fitted, at the head's norm", Start = "closed-form start alone", NoFit = "no fit: top eigenvectors of W_E' W_E";

    // Of the d'^2 that its rank allows, a head with more than this share is called near the frontier, one with less than the other far below it.
    private const double Near = 0.8, Far = 0.5;

    public string Name => "frontier";

    public string Title => "2. Rank frontier";

    public string Question => "What is the most that rank r can copy through these embeddings, freely and at the norm of the model's best head, and does the model come near it? "
        + "This tests whether rank is feasible and whether it binds, not why training splits.";

    public int Version => 1;

    public ReportSection Run(ExperimentContext context, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
    {
        var config = context.Config;
        var head = context.Tested.Heads(progress, cancellationToken)[0];
        var pair = context.Tested.BestPair(progress, cancellationToken);
        double norm = context.Model.Weights.OVCircuit(head.Heads[0]).FrobeniusNorm();
        int[] ranks = Ranks(config.DModel, context.HeadRank, context.Options.Quick);
        var fits = new FrontierFits(context, norm, cancellationToken);
        int repeats = ranks.Sum(fits.RepeatsAt);
        var steps = new Steps(2 * repeats + 3 * ranks.Length, progress, cancellationToken);

        List<(string Arm, int Rank, IReadOnlyList<CircuitResult> Repeats)> arms = [];
        foreach (int rank in ranks)
        {
            arms.Add((Free, rank, [.. Enumerable.Range(0, fits.RepeatsAt(rank)).Select(repeat => steps.Next($"rank {rank}, free", () => fits.Fitted(rank, repeat, capped: false)))]));
            arms.Add((Capped, rank, [.. Enumerable.Range(0, fits.RepeatsAt(rank)).Select(repeat => steps.Next($"rank {rank}, at the head's norm", () => fits.Fitted(rank, repeat, capped: true)))]));
            arms.Add((Start, rank, [steps.Next($"rank {rank}, start", () => fits.StartAlone(rank))]));
        }
        var gram = Gram(context.Model.Weights);
        foreach (int rank in ranks)
            arms.Add((NoFit, rank, [steps.Next($"rank {rank}, no fit", () => context.Result(CircuitKind.Direct, NoFit, TopEigenvectors(context.Model.Weights, gram, rank), cancellationToken))]));
        foreach (var (name, circuit) in Own(context, head, pair))
            foreach (int rank in ranks.Where(rank => rank <= circuit.Rank))
                arms.Add((name, rank, [steps.Next($"{name}, rank {rank}", () => context.Result(CircuitKind.Truncated, name, circuit.Truncate(rank), cancellationToken))]));

        var reach = Reach(context, fits, arms, head, pair, progress).ToArray();
        string census = $"{Census(config)} Where a circuit was fitted more than once: the mean over fit seeds and its 95 % interval (Student's t).";
        return new()
        {
            Id = Name,
            Title = Title,
            Question = Question,
            Statements = [.. Statements(context.HeadRank, arms, reach, head, pair)],
            Pictures = [.. Pictures(arms, ranks, head, pair)],
            Tables =
            [
                ReachRow.Table(ReachTable, reach, context.Options.Quick),
                Binding(config, arms, head, pair),
                new(FrontierTable, "Every rank and every way to fill it", [ReportColumn.Text("way"), .. ArmTable.Columns], [.. arms.Select(arm => (ReportValue[])[arm.Arm, .. ArmTable.Of(arm.Repeats)])])
                {
                    Units = census,
                    Note = string.Create(CultureInfo.InvariantCulture, $"The head's norm is that of head {head.Name}, |W_V W_O| = {norm:0.0} (Frobenius). Truncations are Frobenius-optimal in the V x V map, not accuracy-optimal. "
                        + $"A fit seed moves only the random parts of the start; its interval is that of the method, not of training."),
                },
            ],
            Notes =
            [
                new("Squared error is another metric", SquaredError(context, ranks)),
                new("Free factors need no rank", "With factors of one's own choice rank 2 ranks every token first: points on a circle. What rank limits is the margin, at a bounded norm, through embeddings that are given."),
            ],
        };
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

    private static IEnumerable<ReachRow> Reach(ExperimentContext context, FrontierFits fits, List<(string Arm, int Rank, IReadOnlyList<CircuitResult> Repeats)> arms,
        CopyingRow head, CopyingRow? pair, IProgress<ExperimentProgress> progress)
    {
        foreach (var (name, target) in new[] { ($"as much as the best head, {head.Name} ({Percent(head.Top1)}),", (double?)head.Top1), ($"as much as the best pair, {pair?.Name} ({Percent(pair?.Top1 ?? 0)}),", pair?.Top1), ("99 % of all tokens", 0.99) })
            foreach (bool capped in new[] { false, true })
                if (target is { } top1)
                {
                    progress.Report(new(1, $"smallest rank to copy {name.TrimEnd(',')}"));
                    var tested = arms.Where(arm => arm.Arm == (capped ? Capped : Free)).Select(arm => (arm.Rank, ArmTable.Top1(arm.Repeats) >= top1)).ToArray();
                    yield return ReachRow.Find(name, top1, capped, tested, context.Options.Quick ? null : rank => fits.Reaches(rank, top1, capped));
                }
    }

    private static ReportTable Binding(TransformerConfig config, List<(string Arm, int Rank, IReadOnlyList<CircuitResult> Repeats)> arms, CopyingRow head, CopyingRow? pair)
    {
        var rows = new[] { head, pair }.OfType<CopyingRow>().Select(own =>
        {
            int rank = Math.Min(own.Rank, config.DModel);
            double? Squared(string arm) => arms.Where(a => a.Arm == arm && a.Rank == rank).Select(a => a.Repeats.Average(one => one.Row.DPrime * one.Row.DPrime)).FirstOrDefault();
            double? d2 = own.DPrime * own.DPrime, free = Squared(Free), capped = Squared(Capped);
            return (ReportValue[])[own.Name, rank, own.Top1, d2, free, capped, d2 / free, d2 / capped];
        });
        return new(BindingTable, "How near the model's circuits are to the frontier of their rank",
            [
                ReportColumn.Text("heads"), ReportColumn.Count("rank"), ReportColumn.Share("top-1"), ReportColumn.Number("d'²", 2), ReportColumn.Number("d'² of a free fit", 2),
                ReportColumn.Number("d'² of a fit at the head's norm", 2), ReportColumn.Share("share of free", 0), ReportColumn.Share("share at the norm", 0),
            ], [.. rows]) { Units = Census(config), Note = "The heads were chosen for their top-1, as the best of all." };
    }

    private static IEnumerable<ReportStatement> Statements(int headRank, List<(string Arm, int Rank, IReadOnlyList<CircuitResult> Repeats)> arms, ReachRow[] reach, CopyingRow head, CopyingRow? pair)
    {
        yield return new(ReportTopic.Can, string.Join(" ", reach.GroupBy(row => row.Target).Select(rows => $"To copy {rows.Key} with a trained pair: {string.Join("; ", rows.Select(row => row.Words + (row.Capped ? " at the head's norm" : "")))}.")), ReachTable);
        double? own = head.DPrime * head.DPrime;
        var fitted = arms.FirstOrDefault(arm => arm.Arm == Capped && arm.Rank == headRank).Repeats;
        double? best = fitted?.Average(one => one.Row.DPrime * one.Row.DPrime);
        if (own is null || best is not > 0)
            yield return new(ReportTopic.Open, $"Whether rank binds cannot be said: d' of the best head, {head.Name}, or of a fit at its rank and norm is not defined (none or all of the tokens rank first).", BindingTable);
        else if (own / best >= Near)
            yield return new(ReportTopic.Can, $"The best head, {head.Name}, has {own / best:P0} of the d'² that a fit of its rank and norm reaches: rank may well be what binds it.", BindingTable);
        else if (own / best >= Far)
            yield return new(ReportTopic.Open, $"The best head, {head.Name}, has {own / best:P0} of the d'² that a fit of its rank and norm reaches: near enough to the frontier that rank may matter to it, too far to say that it binds.", BindingTable);
        else
            yield return new(ReportTopic.CannotExplain, $"The best head, {head.Name}, has {own / best:P0} of the d'² that a fit of its own rank and norm reaches: it is far from where rank binds, so rank does not explain why it copies no more.", BindingTable);
        if (pair is not null && pair.DPrime > head.DPrime && fitted is not null)
            yield return ArmTable.Top1(fitted) > pair.Top1
                ? new(ReportTopic.CannotExplain, $"At the norm of head {head.Name} and at its rank a fit copies {Percent(ArmTable.Top1(fitted))}, more than the pair {pair.Name} with twice the rank ({Percent(pair.Top1)}): that two heads share the work does not follow from what one head's rank can do.", FrontierTable)
                : new(ReportTopic.Can, $"At the norm of head {head.Name} and at its rank a fit copies {Percent(ArmTable.Top1(fitted))}, less than the pair {pair.Name} with twice the rank ({Percent(pair.Top1)}): at bounded norm a second head's rank can be what it takes.", FrontierTable);
    }

    private static IEnumerable<ReportPicture> Pictures(List<(string Arm, int Rank, IReadOnlyList<CircuitResult> Repeats)> arms, int[] ranks, CopyingRow head, CopyingRow? pair)
    {
        double[] ticks = [.. ranks.Select(rank => (double)rank)];
        ChartSeries Series(string arm, Func<IReadOnlyList<CircuitResult>, double?> value, double scale, bool interval)
        {
            var own = arms.Where(one => one.Arm == arm).OrderBy(one => one.Rank).ToArray();
            return new(arm, [.. own.Select(one => (double)one.Rank)], [.. own.Select(one => scale * value(one.Repeats) ?? double.NaN)])
            {
                Low = interval ? [.. own.Select(one => scale * ArmTable.Interval(one.Repeats)?.Low ?? double.NaN)] : null,
                High = interval ? [.. own.Select(one => scale * ArmTable.Interval(one.Repeats)?.High ?? double.NaN)] : null,
            };
        }
        ChartSeries Level(string name, double value) => new(name, [ticks[0], ticks[^1]], [value, value]) { Reference = true };
        string[] names = [.. arms.Select(arm => arm.Arm).Distinct()];
        yield return ReportChart.Lines("frontier-top1", "What each rank copies", "Top-1 share of all tokens. Bars: 95 % interval over fit seeds, where there are several; most are smaller than the markers.",
            "rank r", "top-1, % of tokens",
            [.. names.Select(name => Series(name, repeats => ArmTable.Top1(repeats), 100, interval: true)), Level($"best head {head.Name}", 100 * head.Top1), .. pair is null ? [] : new[] { Level($"best pair {pair.Name}", 100 * pair.Top1) }],
            ticks);
        yield return ReportChart.Lines("frontier-separation", "The same as effective rank", "The separation d' that gives the top-1 share, squared. A random code of r dimensions would have d'² = r. Points at 0 % or 100 % have no d'.",
            "rank r", "d'²", [.. names.Select(name => Series(name, repeats => repeats.Average(one => one.Row.DPrime * one.Row.DPrime), 1, interval: false))], ticks);
    }

    private static string SquaredError(ExperimentContext context, int[] ranks)
    {
        int rank = ranks[^1];
        var fit = LowRankFitter.Fit(context.Model.Weights.W_E, context.Model.Weights.W_U, FitExamples.Copying(context.Config.Vocabulary), new() { Rank = rank, Seed = context.Options.Seed, Objective = FitObjective.SquaredError });
        return string.Create(CultureInfo.InvariantCulture, $"As an approximation of the identity in squared error, rank r leaves V less the sum of the r largest squared canonical correlations of the embeddings. Here rank {rank} leaves {100 * fit.SquaredError:0.0} % "
            + $"and yet ranks {100 * fit.Accuracy:0.0} % of the tokens first: \"a better approximation\" needs a metric.");
    }
}
