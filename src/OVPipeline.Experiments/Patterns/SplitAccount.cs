using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>An account of why two heads share the work, as what it predicts of R, and what was found.</summary>
internal static class SplitAccount
{
    /// <summary>R from which on an arm counts as high. It and <see cref="Low"/> were set before any figure was seen.</summary>
    public const double High = 0.9;

    /// <summary>R below which an arm counts as low.</summary>
    public const double Low = 0.75;

    private const string Rank = "rank: one head is too narrow";

    /// <summary>Whether an account is that of rank.</summary>
    public static bool IsOfRank(string account) => account == Rank;

    /// <summary>What each account predicts for one pattern of rank d, one pattern of rank 2d, two patterns of rank d/2.</summary>
    public static IReadOnlyList<(string Name, string[] Predicts)> All { get; } =
    [
        (Rank, ["low", "high", "low"]),
        ("different jobs: one pattern is not enough", ["low", "low", "high"]),
        ("redundant or accidental", ["high", "high", "high"]),
    ];

    /// <summary>A word for R; where there is an interval, both its ends have to agree.</summary>
    public static string Word(ConfidenceInterval r)
    {
        string word = Word(r.Estimate);
        bool agree = !double.IsFinite(r.Low) || (Word(r.Low) == word && Word(r.High) == word);
        return agree ? word : "between";
    }

    /// <summary>The account whose predictions are what was found, or null.</summary>
    public static string? Match(IReadOnlyList<string> found) => All.FirstOrDefault(account => account.Predicts.SequenceEqual(found)).Name;

    private static string Word(double r) => r switch
    {
        >= High => "high",
        < Low => "low",
        _ => "between",
    };
}
