using System.Text.RegularExpressions;

namespace OVPipeline.Core;

/// <summary>
/// Heads and sums of heads in files that programs read: <c>L1H10</c>, <c>L1H1+L1H7</c>. Tables for people have 1.10 and 1.1 + 1.7.
/// </summary>
public static partial class HeadLabels
{
    /// <summary>The label of a sum of heads, or of one.</summary>
    public static string Of(IEnumerable<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        return string.Join('+', heads.Select(head => head.Label));
    }

    /// <summary>
    /// A name as a file has it: every head in it as its label, so <c>heads 1.1 + 1.10, truncated</c> becomes
    /// <c>heads L1H1+L1H10, truncated</c>. Only for names that hold no other numbers with a dot.
    /// </summary>
    public static string InName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Plus().Replace(Written().Replace(name, "L$1H$2"), "+");
    }

    /// <summary>A name that <see cref="InName"/> made as people read it: <c>heads L1H1+L1H10</c> is <c>heads 1.1 + 1.10</c>.</summary>
    public static string ForPeople(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Label().Replace(Joined().Replace(name, " + "), "$1.$2");
    }

    // A head that is no part of a longer number or word.
    [GeneratedRegex(@"(?<![\w.])(\d+)\.(\d+)(?![\w.])", RegexOptions.CultureInvariant)]
    private static partial Regex Written();

    [GeneratedRegex(@"(?<=L\d+H\d+) \+ (?=L\d+H\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Plus();

    [GeneratedRegex(@"(?<=L\d+H\d+)\+(?=L\d+H\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex Joined();

    [GeneratedRegex(@"\bL(\d+)H(\d+)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Label();
}
