namespace OVPipeline.Core;

/// <summary>Holm's correction (1979) of p-values of several tests: valid however they depend on each other.</summary>
public static class HolmCorrection
{
    /// <summary>Adjusted p-values, in the given order: below a level where the test is significant at it with all tests counted.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is not in [0, 1].</exception>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> pValues)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        if (pValues.Any(p => p is not (>= 0 and <= 1)))
            throw new ArgumentOutOfRangeException(nameof(pValues), $"P-values lie in [0, 1]; were {string.Join(", ", pValues)}.");
        var adjusted = new double[pValues.Count];
        double largest = 0;
        foreach (var (at, place) in Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]).Select((i, place) => (i, place)))
            adjusted[at] = largest = Math.Max(largest, Math.Min(1, (pValues.Count - place) * pValues[at]));
        return adjusted;
    }
}
