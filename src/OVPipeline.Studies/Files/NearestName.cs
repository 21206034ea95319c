using F23.StringSimilarity;

namespace OVPipeline.Studies;

/// <summary>What was meant by a name that is none. The samples' command lines are compiled with it too.</summary>
internal static class NearestName
{
    private const int LeastDistance = 2, ShareOfName = 3; // two slips, or one in three letters of a long name

    private static readonly Damerau s_slips = new(); // a letter more, less, other, or two that changed places

    /// <summary>The name that is nearest; null where none is near.</summary>
    public static string? Of(string name, IEnumerable<string> names)
    {
        var (nearest, distance) = names.Select(one => (Name: one, Distance: Slips(name, one)))
            .OrderBy(one => one.Distance).FirstOrDefault(("", double.PositiveInfinity));
        return distance <= Math.Max(LeastDistance, nearest.Trim('-').Length / ShareOfName) && distance < nearest.Trim('-').Length
            ? nearest
            : null;
    }

    /// <summary>"; did you mean X?", or what there is, as the end of a sentence.</summary>
    public static string Hint(string name, IReadOnlyList<string> names) =>
        Of(name, names) is { } meant ? $"; did you mean {meant}?" : $"; there are {string.Join(", ", names)}.";

    // The beginning of a name, as long as it is one, is that name.
    private static double Slips(string name, string of)
    {
        bool begins = name.Trim('-').Length > 2 && of.StartsWith(name, StringComparison.OrdinalIgnoreCase);
        return begins ? 0.5 : s_slips.Distance(name.ToLowerInvariant(), of.ToLowerInvariant());
    }
}
