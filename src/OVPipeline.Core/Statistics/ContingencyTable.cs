namespace OVPipeline.Core;

/// <summary>A 2 x 2 table of counts: two binary properties of the same units.</summary>
/// <param name="Both">Units with the first and the second property.</param>
/// <param name="OnlyFirst">Units with the first property only.</param>
/// <param name="OnlySecond">Units with the second property only.</param>
/// <param name="Neither">Units with neither.</param>
public readonly record struct ContingencyTable(long Both, long OnlyFirst, long OnlySecond, long Neither)
{
    /// <summary>All units.</summary>
    public long Total => Both + OnlyFirst + OnlySecond + Neither;

    /// <summary>The odds ratio; infinite or NaN where cells are empty.</summary>
    public double OddsRatio => (double)Both * Neither / ((double)OnlyFirst * OnlySecond);

    /// <summary>Counts units by two properties.</summary>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static ContingencyTable Of(ReadOnlySpan<bool> first, ReadOnlySpan<bool> second)
    {
        if (first.Length != second.Length)
        {
            string message = $"Two properties of the same units are needed, were {first.Length} and {second.Length}.";
            throw new ArgumentException(message, nameof(second));
        }
        long both = 0, onlyFirst = 0, onlySecond = 0;
        for (int i = 0; i < first.Length; i++)
        {
            both += first[i] && second[i] ? 1 : 0;
            onlyFirst += first[i] && !second[i] ? 1 : 0;
            onlySecond += !first[i] && second[i] ? 1 : 0;
        }
        return new(both, onlyFirst, onlySecond, first.Length - both - onlyFirst - onlySecond);
    }

    internal void Require()
    {
        if (Both < 0 || OnlyFirst < 0 || OnlySecond < 0 || Neither < 0)
        {
            string message = $"Counts are not negative; were {Both}, {OnlyFirst}, {OnlySecond}, {Neither}.";
            throw new ArgumentOutOfRangeException(nameof(Both), ToString(), message);
        }
    }
}
