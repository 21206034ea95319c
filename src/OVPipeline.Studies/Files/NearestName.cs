using F23.StringSimilarity;

namespace OVPipeline.Studies;

/// <summary>What was meant by a name that is none.</summary>
internal static class NearestName
{
    private static readonly Damerau s_slips = new(); // a letter more, less, other, or two that changed places

    /// <summary>"; did you mean X?", or what there is, as the end of a sentence.</summary>
    public static string Hint(string name, IReadOnlyList<string> names)
    {
        string nearest = names.MinBy(one => s_slips.Distance(name.ToLowerInvariant(), one)) ?? "";
        return nearest.Length > 0 && s_slips.Distance(name.ToLowerInvariant(), nearest) <= Math.Max(2, nearest.Length / 3)
            ? $"; did you mean {nearest}?"
            : $"; there are {string.Join(", ", names)}.";
    }
}
