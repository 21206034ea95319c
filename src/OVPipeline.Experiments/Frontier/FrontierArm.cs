using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Names of the ways to fill a rank.</summary>
public static class FrontierWay
{
    /// <summary>A fit without a bound on its norm.</summary>
    public const string Free = "fitted, free";

    /// <summary>A fit held to the norm of the model's best head.</summary>
    public const string AtHeadNorm = "fitted, at the head's norm";

    /// <summary>A fit held to the norm of the model's best pair.</summary>
    public const string AtPairNorm = "fitted, at the pair's norm";

    /// <summary>
    /// The sum of two circuits of half a head's rank, each held to the norm of a head of the best pair: a bound and one fit cut in two.
    /// </summary>
    public const string TwoHalves = "two heads of half the rank";

    /// <summary>The closed form that fits start from, no step taken.</summary>
    public const string StartAlone = "closed-form start alone";

    /// <summary>Top eigenvectors of the embedding's Gram matrix, read and written: no fit.</summary>
    public const string TopEigenvectors = "no fit: top eigenvectors of W_E' W_E";
}

/// <summary>A way to fill a rank, measured once or over fit seeds.</summary>
/// <param name="Way">The way: of <see cref="FrontierWay"/>, or one of the model's own circuits, truncated.</param>
/// <param name="Rank">The rank.</param>
/// <param name="Repeats">The circuits, one for each fit seed.</param>
public sealed record FrontierArm(string Way, int Rank, IReadOnlyList<CircuitResult> Repeats)
{
    /// <summary>Mean top-1 share.</summary>
    [JsonIgnore]
    public double Top1 => ArmTable.Top1(Repeats);

    /// <summary>Mean of d'^2; null where it is not defined.</summary>
    [JsonIgnore]
    public double? SquaredSeparation => Repeats.Select(one => one.Row.DPrime * one.Row.DPrime).Average();

    /// <summary>Mean log-loss at natural scale, in nats.</summary>
    [JsonIgnore]
    public double LogLoss => Repeats.Average(one => one.Row.LogLoss);
}

/// <summary>A circuit of the model that the frontier is compared with.</summary>
/// <param name="Row">How it copies.</param>
/// <param name="Norm">Frobenius norm of its map in the residual stream.</param>
/// <param name="Copies">Whether it copies more than chance gives the best of so many.</param>
/// <param name="Comparable">
/// Whether it reads the embeddings that fits go through: where norms are held, heads of other layers than <c>ReadingLayer</c> do not.
/// </param>
public sealed record FrontierCircuit(CopyingRow Row, double Norm, bool Copies, bool Comparable)
{
    /// <summary>It as a point that fits are checked against; null where it is not comparable.</summary>
    internal FrontierPoint? Point => Comparable
        ? new(Row.Kind == CircuitKind.Pair ? $"the pair {Row.Name}" : $"head {Row.Name}", Row.Rank, Norm, Row.LogLoss)
        : null;
}
