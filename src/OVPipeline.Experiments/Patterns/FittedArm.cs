using System.Text.Json.Serialization;

namespace OVPipeline.Experiments;

/// <summary>What is fitted in the place of the two heads' circuits.</summary>
public enum PatternArmKind
{
    /// <summary>No circuit: a constant alone.</summary>
    Constant,

    /// <summary>Both patterns, each with a head's rank: the two heads again, what the others are measured by.</summary>
    Baseline,

    /// <summary>One pattern with a head's rank.</summary>
    OnePattern,

    /// <summary>One pattern with twice that rank, at most d_model.</summary>
    OneWidePattern,

    /// <summary>Both patterns with half a head's rank each.</summary>
    HalfRanks,

    /// <summary>The baseline from random weights.</summary>
    RandomStart,
}

/// <summary>An arm of "one pattern or two" and its fits.</summary>
/// <param name="Kind">What is fitted.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Terms">The circuits; none for the constant alone.</param>
/// <param name="Fits">A fit for each seed; one or more.</param>
public sealed record FittedArm(PatternArmKind Kind, string Name, IReadOnlyList<PatternTerm> Terms, IReadOnlyList<PatternFit> Fits)
{
    /// <summary>The mean loss over fits, in nats.</summary>
    [JsonIgnore]
    public double Loss => Fits.Average(one => one.Loss);
}

/// <summary>Names of arms in tables.</summary>
internal static class PatternArmNames
{
    public const string Constant = "no circuit: a fitted constant";
    public const string Baseline = "both patterns, rank d each (baseline)";
    public const string One = "one pattern, rank d";
    public const string OneWide = "one pattern, rank 2d";
    public const string Halves = "both patterns, rank d/2 each";
    public const string Random = "baseline, from random weights";
}
