using System.Globalization;

namespace OVPipeline.Core;

/// <summary>What a search for copying heads says in words. Every sample says the same.</summary>
public static class CopyingSentences
{
    /// <summary>That no head copies, with the figures that say so; null where one does, or two together.</summary>
    public static string? NoCopyingHead(CopyingHeads found)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (found.HeadCopies || found.PairCopies)
            return null;
        int vocabulary = found.BestHead.Tokens, looked = found.PairCount - found.PairsLeftOut;
        string best = found.Heads.Count == 1 ? "the only head" : Invariant($"the best of {found.Heads.Count:N0} heads");
        string head = Invariant($"{best}, {found.BestHead.Name}, ranks {found.BestHead.Copied:N0} of {vocabulary:N0} tokens first");
        string bestPair = looked == 1 ? "the only pair" : Invariant($"the best of {looked:N0} pairs");
        string pair = found.BestPair is { } two ? Invariant($" and {bestPair}, {two.Name}, {two.Copied:N0}") : "";
        int mostHead = ChanceCopying.MostTokens(vocabulary, found.Heads.Count);
        int mostPair = ChanceCopying.MostTokens(vocabulary, Math.Max(1, looked));
        string most = found.BestPair is null || mostHead == mostPair
            ? Invariant($"{mostHead:N0}")
            : Invariant($"{mostHead:N0} and {mostPair:N0}");
        return $"No copying head here: {head}{pair}. It takes more than {most}, which chance gives the best of so many in 95 of 100 cases, "
            + Invariant($"and at least {100 * ChanceCopying.LeastShare:0.#} % of the tokens. Nothing is said of copying heads.");
    }

    /// <summary>How the best pair was looked for; null where no layer has two heads.</summary>
    public static string? BestPair(CopyingHeads found)
    {
        ArgumentNullException.ThrowIfNull(found);
        if (found.BestPair is not { } pair)
            return null;
        if (found.PairCount == 1)
            return $"Heads {pair.Name} are the only pair within a layer.";
        return found.IsExhaustive
            ? Invariant($"Heads {pair.Name} copy most of all {found.PairCount:N0} pairs within a layer.")
            : Invariant($"Heads {pair.Name} copy most of {found.PairCount - found.PairsLeftOut:N0} pairs within a layer, ")
                + "those whose heads copy most alone; "
                + Invariant($"the other {found.PairsLeftOut:N0} were not looked at.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
