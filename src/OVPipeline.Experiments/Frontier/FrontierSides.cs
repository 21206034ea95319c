using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// The frontier from both sides by all that was measured. A bound holds for lower ranks and smaller norms too; a circuit can be what a
/// higher rank or a larger norm does, and scaled down what a smaller norm does.
/// </summary>
/// <param name="bounds">Lower bounds, at any ranks and norms.</param>
/// <param name="circuits">Circuits through the same embeddings, measured on the same tokens.</param>
/// <param name="vocabulary">Tokens, V: the zero map, which is within any norm, has log-loss log V.</param>
internal sealed class FrontierSides(IReadOnlyList<FrontierBound> bounds, IReadOnlyList<FrontierPoint> circuits, int vocabulary)
{
    // A norm that was summed in another order is the same norm.
    private const double SameNorm = 1 - 1e-9;

    /// <summary>The interval at a rank and a norm; null where no bound holds there.</summary>
    public FrontierInterval? At(int rank, double norm)
    {
        var holding = bounds.Where(bound => bound.Rank >= rank && bound.Norm >= norm * SameNorm).ToArray();
        if (holding.Length == 0)
            return null;
        double chance = Math.Log(vocabulary), most = chance;
        string reachedBy = "no circuit at all";
        foreach (var circuit in circuits)
            if (FrontierChecks.Bound(circuit, rank, norm, chance) is { } loss && loss < most)
                (most, reachedBy) = (loss, circuit.Name);
        return new(rank, norm, holding.Max(bound => bound.LogLoss), most, reachedBy);
    }
}
