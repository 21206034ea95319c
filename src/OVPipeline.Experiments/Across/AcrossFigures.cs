using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>The figures that are compared across models, in the order of the experiments.</summary>
internal static class AcrossFigures
{
    /// <summary>Top-1 share of the best head, the best pair, the pair at a head's rank, and the trained pair of that rank.</summary>
    public static AcrossFigure Head { get; } = Copies("best head", found => found.Head);

    /// <inheritdoc cref="Head"/>
    public static AcrossFigure Pair { get; } = Copies("best two heads", found => found.Pair);

    /// <inheritdoc cref="Head"/>
    public static AcrossFigure Truncated { get; } = Copies("best two heads, truncated to one head's rank", found => found.TruncatedPair);

    /// <inheritdoc cref="Head"/>
    public static AcrossFigure Copier { get; } =
        Copies("trained pair of one head's rank", found => found.CopierFailed is null ? found.Copier : null);

    /// <summary>The trained pair's share of tokens beyond the best two heads' (or the best head's, where there are no two).</summary>
    public static AcrossFigure CopierAhead { get; } = new(Reproduction.Description.Name, "trained pair less best two heads: copied tokens",
        AcrossUnit.Points, model => Copier.Of(model) - (Pair.Of(model) ?? Head.Of(model)));

    /// <summary>The same pair on tokens that were kept out of its training.</summary>
    public static AcrossFigure HeldOut { get; } = new(FairnessControls.Description.Name, "trained pair, on tokens it never saw",
        AcrossUnit.Share, model => HeldOutTop1(model, HeldOutRole.Copier));

    /// <summary>What the trained pair keeps of what the two heads do for the loss.</summary>
    public static AcrossFigure CopierKeeps { get; } = Keeps("trained pair", PutBackArmName.Copier);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<AcrossFigure> All { get; } =
    [
        Head, Pair, Truncated, Copier, CopierAhead,
        .. Frontier(),
        .. Controls(),
        .. PutBack(),
        .. Roles(),
        .. OverTraining(),
        .. Patterns(),
    ];

    private static AcrossFigure Copies(string name, Func<ReproductionResult, ReproducedCircuit?> circuit) =>
        new(Reproduction.Description.Name, $"{name}: copied tokens", AcrossUnit.Share,
            model => model.Result<ReproductionResult>() is { } found ? 100 * circuit(found)?.Row.Top1 : null);

    private static IEnumerable<AcrossFigure> Frontier()
    {
        foreach (var (name, loss, of) in new[]
        {
            ("copies as many tokens as the best head", false, "head"), ("copies as many tokens as the best two heads", false, "pair"),
            ("has the best head's log-loss, at its norm", true, "head"), ("has the best two heads' log-loss, at their norm", true, "pair"),
        })
        {
            bool IsIt(ReachRow row) =>
                row.IsLoss == loss && row.Says && row.Target.Contains($"the best {of} (", StringComparison.Ordinal);
            yield return Of($"least rank of a fit that {name}", AcrossUnit.Rank,
                found => found.Bisected ? found.Reach.FirstOrDefault(IsIt)?.Reached : null);
        }
        yield return Of("best head's log-loss", AcrossUnit.Nats, found => found.Head.Row.LogLoss);
        yield return Of("log-loss of a fit of its rank, at its norm", AcrossUnit.Nats,
            found => found.Arm(FrontierWay.AtHeadNorm, found.HeadRank)?.LogLoss);
        yield return Of("room that its rank leaves it, at least", AcrossUnit.Nats, found => found.HeadSlack?.LeavesLeast);
        yield return Of("what twice its rank could add, at most", AcrossUnit.Nats, found => found.HeadSlack?.AddsMost);

        static AcrossFigure Of(string name, string unit, Func<RankFrontierResult, double?> value) =>
            new(RankFrontier.Description.Name, name, unit, model => model.Result<RankFrontierResult>() is { } found ? value(found) : null);
    }

    private static IEnumerable<AcrossFigure> Controls()
    {
        yield return Of("trained pair of a random permutation", found => 100 * found.Arm(FairnessControl.Permuted)?.Top1);
        yield return Of("trained pair through an untrained model's embeddings",
            found => 100 * found.Arm(FairnessControl.UntrainedCopier)?.Top1);
        yield return Of("trained pair at the head's norm", found => 100 * found.Arm(FairnessControl.NormCapped)?.Top1);
        yield return HeldOut;
        yield return new(FairnessControls.Description.Name, "best head, on the same tokens", AcrossUnit.Share,
            model => HeldOutTop1(model, HeldOutRole.BestHead));

        static AcrossFigure Of(string name, Func<FairnessControlsResult, double?> value) => new(FairnessControls.Description.Name, name,
            AcrossUnit.Share, model => model.Result<FairnessControlsResult>() is { } found ? value(found) : null);
    }

    private static double? HeldOutTop1(ModelOutcomes model, HeldOutRole role) =>
        100 * model.Result<FairnessControlsResult>()?.HeldOut.FirstOrDefault(one => one.Role == role)?.Top1;

    private static IEnumerable<AcrossFigure> PutBack()
    {
        yield return new(PutItBack.Description.Name, "what the two heads are worth to the loss", AcrossUnit.Nats,
            model => Rows(model).FirstOrDefault(row => row.Heads == 2 && row.Arm == PutBackArmName.Original)?.Gain?.Estimate);
        yield return CopierKeeps;
        yield return Keeps("trained pair at the head's norm", PutBackArmName.Matched);
        yield return Keeps("the two, truncated to one head's rank, under one pattern", PutBackArmName.Truncated);
        yield return Keeps("both circuits under one pattern", PutBackArmName.Summed);
        yield return new(PutItBack.Description.Name, "copying's part of what the two do for the loss", AcrossUnit.Kept,
            model => Informative(model) is { } found && found.Places.FirstOrDefault(place => place.Heads.Count == 2)?.Split is { } split
                ? 100 * CopySplitRow.Of("both", split, found.Intervals).First(part => part.Part == CopySplitRow.Diagonal).Fraction.Estimate
                : null);
    }

    private static AcrossFigure Keeps(string name, string arm) => new(PutItBack.Description.Name, $"kept in the place of the two: {name}",
        AcrossUnit.Kept, model => 100 * Rows(model).FirstOrDefault(row => row.Heads == 2 && row.Arm == arm)?.Share?.Estimate);

    private static IReadOnlyList<PutBackRow> Rows(ModelOutcomes model) => Informative(model)?.Rows ?? [];

    private static PutItBackResult? Informative(ModelOutcomes model) =>
        model.Result<PutItBackResult>() is { Gate.Informative: true } found ? found : null;

    private static IEnumerable<AcrossFigure> Roles()
    {
        yield return Of("tokens of A that B copies too", AcrossUnit.Share, found => 100 * found.MainPair.Copied.GivenA);
        yield return Of("other tokens that B copies", AcrossUnit.Share, found => 100 * found.MainPair.Copied.GivenNotA);
        yield return Of("odds ratio of the two, frequency held", AcrossUnit.Ratio, found => found.MainPair.Copied.OddsRatio);
        foreach (string measure in new[] { HeadRolesResult.ByLogit, HeadRolesResult.ByAblation })
        {
            yield return Of($"S: whether A is more for induction, by {measure}", AcrossUnit.LogRatio, found => found.Specializations
                .FirstOrDefault(one => one.Measure == measure && one.Targets == TextTargets.All)?.S.Estimate);
        }

        static AcrossFigure Of(string name, string unit, Func<HeadRolesResult, double?> value) => new(HeadRoles.Description.Name, name,
            unit, model => model.Result<HeadRolesResult>() is { Gate.Informative: true } found ? value(found) : null);
    }

    private static IEnumerable<AcrossFigure> OverTraining()
    {
        yield return Of("A had started by", found => found.HistoryA.Start.By);
        yield return Of("B had started by", found => found.HistoryB.Start.By);
        yield return Of("A was done by", found => found.HistoryA.Done.By);
        yield return Of("B was done by", found => found.HistoryB.Done.By);

        static AcrossFigure Of(string name, Func<DynamicsResult, long?> tokens) => new(Dynamics.Description.Name, name,
            AcrossUnit.Tokens,
            model => model.Result<DynamicsResult>() is { Gate.Informative: true } found ? tokens(found) / 1e6 : null);
    }

    private static IEnumerable<AcrossFigure> Patterns()
    {
        yield return Of("what it matters from where two patterns are fitted", AcrossUnit.Nats, found => found.Last.Gap.Estimate);
        foreach (var (name, arm) in new[]
        {
            ("one pattern, a head's rank", 0), ("one pattern, twice the rank", 1), ("two patterns, half the rank each", 2),
        })
        {
            yield return Of($"gain kept: {name}", AcrossUnit.Kept,
                found => found.Agreed is null ? null : 100 * found.Tested[arm].R.Estimate);
        }
        yield return Of("gain kept: two patterns as they are, from random weights", AcrossUnit.Kept,
            found => 100 * found.R(found.Arm(PatternArmKind.RandomStart)).Estimate);

        static AcrossFigure Of(string name, string unit, Func<OneOrTwoPatternsResult, double?> value) => new(
            OneOrTwoPatterns.Description.Name, name, unit,
            model => model.Result<OneOrTwoPatternsResult>() is { Informative: true, FitSeeds: > 1, Gate.Informative: true } found
                ? value(found)
                : null);
    }
}
