using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>An arm of "one pattern or two" before it is fitted.</summary>
/// <param name="Key">Names its fits among the parts of a result.</param>
/// <param name="Kind">What is fitted.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Terms">The circuits; none for the constant alone.</param>
/// <param name="Start">Makes what fits start from; null for random weights or none.</param>
internal sealed record PatternPlan(
    string Key, PatternArmKind Kind, string Name, IReadOnlyList<PatternTerm> Terms, Func<IReadOnlyList<FactoredMatrix>>? Start)
{
    /// <summary>All arms of a model's two heads.</summary>
    public static PatternPlans All(TransformerConfig config, Gate gate, TransformerWeights circuits)
    {
        var (a, b) = (gate.A, gate.B);
        int rank = config.DValue, wide = Math.Min(2 * rank, config.DModel), half = rank / 2;
        PatternTerm[] both = [new(a, rank), new(b, rank)];
        return new(
            new("constant", PatternArmKind.Constant, PatternArmNames.Constant, [], null),
            new("own", PatternArmKind.Baseline, PatternArmNames.Baseline, both, () => [Own(rank, a), Own(rank, b)]),
            new("random", PatternArmKind.RandomStart, PatternArmNames.Random, both, null),
            [
                One("one-a", PatternArmKind.OnePattern, $"{PatternArmNames.One}, A's", a, rank),
                One("one-b", PatternArmKind.OnePattern, $"{PatternArmNames.One}, B's", b, rank),
                One("wide-a", PatternArmKind.OneWidePattern, $"{PatternArmNames.OneWide}, A's", a, wide),
                One("wide-b", PatternArmKind.OneWidePattern, $"{PatternArmNames.OneWide}, B's", b, wide),
                new("halves", PatternArmKind.HalfRanks, PatternArmNames.Halves, [new(a, half), new(b, half)],
                    () => [Own(half, a), Own(half, b)]),
            ]);

        // Under one pattern a fit starts from the sum of both circuits.
        PatternPlan One(string key, PatternArmKind kind, string name, HeadIndex pattern, int most) =>
            new(key, kind, name, [new(pattern, most)], () => [Own(most, a, b)]);

        FactoredMatrix Own(int most, params HeadIndex[] heads)
        {
            var circuit = TokenCircuit.OfHeads(circuits, heads);
            return circuit.Rank > most ? circuit.Truncate(most).Residual : circuit.Residual;
        }
    }
}

/// <summary>The arms of "one pattern or two" before they are fitted.</summary>
/// <param name="Constant">What gains are counted from.</param>
/// <param name="Baseline">The two heads again, from their own circuits.</param>
/// <param name="Random">The same from random weights.</param>
/// <param name="Tested">What the accounts speak of.</param>
internal sealed record PatternPlans(PatternPlan Constant, PatternPlan Baseline, PatternPlan Random, PatternPlan[] Tested);
