namespace OVPipeline.Peers;

/// <summary>How far a model's outputs here are from a peer's.</summary>
/// <param name="Name">The model.</param>
/// <param name="Peer">Who ran it beside us.</param>
/// <param name="Largest">The peer's largest output, without its sign.</param>
/// <param name="Difference">The largest difference of an output, over <paramref name="Largest"/>.</param>
/// <param name="Tolerance">What it may be.</param>
internal sealed record PeerResult(string Name, string Peer, double Largest, double Difference, double Tolerance)
{
    /// <summary>What single precision may come to in sums as long as these.</summary>
    public const double SingleTolerance = 2e-5;

    /// <summary>
    /// The same where the peer looks its GELU up in half precision: at x rounded to 11 bits, and rounded so again, in each layer.
    /// </summary>
    public const double HalfGeluTolerance = 2e-3;

    /// <summary>The same where the peer multiplies in half precision, as llama.cpp does with matrices that are stored so.</summary>
    public const double HalfTolerance = 5e-3;

    /// <summary>What is left of that where the loops round so too: single values that fall on the other side of a rounding.</summary>
    public const double HalfRoundingTolerance = 5e-4;

    /// <summary>The same between ours and plain loops in double precision; null where there are none.</summary>
    public double? ToDouble { get; init; }

    /// <summary>The same between the peer and plain loops that look GELU up as it does; null where there are none.</summary>
    public double? PeerToDouble { get; init; }

    /// <summary>What <see cref="PeerToDouble"/> may be.</summary>
    public double PeerToDoubleTolerance => Tolerance switch
    {
        HalfTolerance => HalfTolerance,
        HalfGeluTolerance => HalfRoundingTolerance,
        _ => SingleTolerance,
    };

    /// <summary>Whether all are within their tolerances.</summary>
    public bool Agrees =>
        Difference <= Tolerance && (ToDouble ?? 0) <= SingleTolerance && (PeerToDouble ?? 0) <= PeerToDoubleTolerance;

    /// <summary>The largest difference over the largest of the second.</summary>
    public static double Of(IEnumerable<double> ours, IReadOnlyCollection<double> theirs) =>
        ours.Zip(theirs, (a, b) => double.IsFinite(a) ? Math.Abs(a - b) : double.PositiveInfinity).Max() / theirs.Max(Math.Abs);
}
