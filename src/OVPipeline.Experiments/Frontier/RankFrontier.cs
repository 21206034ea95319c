using MathNet.Numerics.LinearAlgebra;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Experiment 2: what each rank can copy through the model's embeddings, and where the model's own circuits stand below that.
/// </summary>
public sealed class RankFrontier : Experiment<RankFrontierOptions, RankFrontierResult>
{
    internal static ExperimentInfo Description { get; } = new("frontier", "2. Rank frontier",
        "What is the most that rank r can copy through these embeddings, freely and at the norm of the model's best head, and does the "
        + "model come near it? This tests whether rank is feasible and whether it binds, not why training splits.");

    /// <summary>The experiment.</summary>
    /// <param name="options">How much is measured; null for all of it.</param>
    public RankFrontier(RankFrontierOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 5;

    /// <inheritdoc/>
    protected override RankFrontierResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var weights = run.Model.Weights;
        var head = Circuit(run, run.Heads[0], run.Found.HeadCopies);
        var pair = run.BestPair is { } best ? Circuit(run, best, run.Found.PairCopies) : null;
        IReadOnlyList<int> ranks = Options.RanksFor(run.Config.DModel, run.HeadRank);
        FactoredMatrix[] own = [.. new[] { head, pair }.OfType<FrontierCircuit>().Select(one => Residual(weights, one.Row))];
        var fits = new FrontierFits(run, Options, own);
        var arms = Arms(run, fits, ranks, head, pair);
        var bounds = new FrontierBoundsRun(run, Options, fits).Measure(ranks, head, pair);
        var result = new RankFrontierResult
        {
            Model = weights.Config,
            HeadRank = run.HeadRank,
            AtModelScale = weights.LogitsAtModelScale,
            Ranks = ranks,
            Found = run.Found,
            Head = head,
            Pair = pair,
            Arms = arms,
            Bounds = bounds.Bounds,
            Split = bounds.Split,
            NoBounds = bounds.Missing,
            Bisected = Options.Bisect,
            SquaredError = SquaredError(run, ranks[^1]),
        };
        return result with { Reach = [.. Reach(run, result, fits)] };
    }

    private List<FrontierArm> Arms(
        ExperimentRun run, FrontierFits fits, IReadOnlyList<int> ranks, FrontierCircuit head, FrontierCircuit? pair)
    {
        var weights = run.Model.Weights;
        var ways = RankFrontierResult.FittedWays(head, pair);
        var steps = run.Steps(ways.Count * ranks.Sum(fits.RepeatsAt) + 3 * ranks.Count);
        List<FrontierArm> arms = [];
        foreach (int rank in ranks)
        {
            foreach (var (way, norm) in ways)
            {
                CircuitResult Fitted(int repeat) => steps.Next($"rank {rank}, {way}", () => fits.Fitted(rank, repeat, norm));
                arms.Add(new(way, rank, [.. Enumerable.Range(0, fits.RepeatsAt(rank)).Select(Fitted)]));
            }
            arms.Add(new(FrontierWay.StartAlone, rank, [steps.Next($"rank {rank}, start", () => fits.StartAlone(rank))]));
        }
        var vectors = GramEigenvectors(weights);
        foreach (int rank in ranks)
        {
            var circuit = TopEigenvectors(weights, vectors, rank);
            CircuitResult NotFitted() => run.Result(CircuitKind.Direct, FrontierWay.TopEigenvectors, circuit);
            arms.Add(new(FrontierWay.TopEigenvectors, rank, [steps.Next($"rank {rank}, no fit", NotFitted)]));
        }
        foreach (var (name, circuit) in Own(run, head.Row, pair?.Row))
        {
            foreach (int rank in ranks.Where(rank => rank <= circuit.Rank))
            {
                CircuitResult Truncated() => run.Result(CircuitKind.Truncated, name, circuit.Truncate(rank));
                arms.Add(new(name, rank, [steps.Next($"{name}, rank {rank}", Truncated)]));
            }
        }
        return arms;
    }

    private static FrontierCircuit Circuit(ExperimentRun run, CopyingRow row, bool copies)
    {
        var weights = run.Model.Weights;
        return new(row, Residual(weights, row).FrobeniusNorm(), copies, KnownFactors.CouldBe(weights, row.Heads));
    }

    private static FactoredMatrix Residual(TransformerWeights weights, CopyingRow row) => TokenCircuit.OfHeads(weights, row.Heads).Residual;

    private static IEnumerable<(string Name, TokenCircuit Circuit)> Own(ExperimentRun run, CopyingRow head, CopyingRow? pair)
    {
        var weights = run.Model.Weights;
        yield return ($"best head {head.Name}, truncated", TokenCircuit.OfHeads(weights, head.Heads));
        if (pair is not null)
            yield return ($"best pair {pair.Name}, truncated", TokenCircuit.OfHeads(weights, pair.Heads));
        int layer = (pair ?? head).Heads[0].Layer;
        yield return ($"all of layer {layer}, truncated", TokenCircuit.OfHeads(weights, [.. run.Config.HeadsOf(layer)]));
    }

    private static Matrix<double> GramEigenvectors(TransformerWeights weights)
    {
        var gram = MatrixProduct.TransposeMultiply(weights.W_E, weights.W_E);
        var symmetric = Matrix<double>.Build.Dense(gram.Rows, gram.Columns, (i, j) => (gram[i, j] + (double)gram[j, i]) / 2);
        return symmetric.Evd(Symmetricity.Symmetric).EigenVectors;
    }

    // MathNet sorts eigenvalues of symmetric matrices in ascending order.
    private static TokenCircuit TopEigenvectors(TransformerWeights weights, Matrix<double> vectors, int rank)
    {
        var top = Core.Matrix.Create(vectors.RowCount, rank, (i, k) => (float)vectors[i, vectors.ColumnCount - 1 - k]);
        return TokenCircuit.FromResidual(weights, FrontierWay.TopEigenvectors, new FactoredMatrix(top, top.Transpose()));
    }

    private IEnumerable<ReachRow> Reach(ExperimentRun run, RankFrontierResult found, FrontierFits fits)
    {
        var failures = found.Failures;
        foreach (var target in ReachTarget.Of(found.Head, found.Pair))
        {
            run.Progress?.Report(new(1, $"smallest rank to {target.Name}"));
            bool Reaches(FrontierArm arm) => target.IsLoss ? arm.LogLoss <= target.Value : arm.Top1 >= target.Value;
            bool TryRank(int rank) => target.IsLoss
                ? fits.ReachesLogLoss(rank, target.Value, target.Norm!.Value)
                : fits.ReachesTop1(rank, target.Value);
            var tested = found.Arms.Where(arm => arm.Way == target.Way)
                .Select(arm => (arm.Rank, Reaches(arm), failures[target.Way, arm.Rank] is not null));
            int? known = target.Circuit is { Comparable: true } own && own.Row.Rank <= run.Config.DModel ? own.Row.Rank : null;
            yield return ReachRow.Find(target, known, [.. tested], Options.Bisect ? TryRank : null);
        }
    }

    private RankSquaredError SquaredError(ExperimentRun run, int rank)
    {
        var weights = run.Model.Weights;
        LowRankFitOptions options = new() { Rank = rank, Seed = Options.Seed, Objective = FitObjective.SquaredError };
        var fit = LowRankFitter.Fit(weights.W_E, weights.W_U, FitExamples.Copying(run.Config.Vocabulary), options);
        return new(rank, fit.SquaredError!.Value, fit.Accuracy);
    }
}
