using System.Security.Cryptography;
using System.Text;

namespace OVPipeline.Mutation;

/// <summary>Which of all mutants a run takes.</summary>
internal static class Selection
{
    // Code that must not lose a fault is asked three times as closely as the rest of its size.
    private const double StrictWeight = 3;

    /// <summary>
    /// A choice that is the same for the same seed, and changes little when code does: every mutant has a number drawn from the seed and
    /// its identity. Areas get their share by the square root of their size, so that small ones are asked too; within an area types take
    /// turns.
    /// </summary>
    public static IReadOnlyList<Mutant> Choose(IReadOnlyCollection<Mutant> all, int count, int seed)
    {
        var groups = all.GroupBy(mutant => (mutant.Project, mutant.Area)).ToArray();
        double total = groups.Sum(Weight);
        var chosen = new List<(Mutant Mutant, double Turn)>();
        foreach (var group in groups)
        {
            int share = (int)Math.Ceiling(count * Weight(group) / total);
            Mutant[] taken = [.. InTurns(group, seed).Take(share)];
            chosen.AddRange(taken.Select((mutant, i) => (mutant, (i + 0.5) / taken.Length)));
        }
        // A run that is cut short has then seen some of every area.
        var inOrder = chosen.OrderBy(one => one.Turn).ThenBy(one => one.Mutant.Identity, StringComparer.Ordinal);
        return [.. inOrder.Select(one => one.Mutant).Take(count)];
    }

    private static double Weight(IGrouping<(string Project, string Area), Mutant> group) =>
        Math.Sqrt(group.Count()) * (Areas.Strict.Contains(group.Key.Area) ? StrictWeight : 1);

    private static IEnumerable<Mutant> InTurns(IEnumerable<Mutant> mutants, int seed) => mutants
        .GroupBy(mutant => mutant.Member.Split('.')[0])
        .SelectMany(type => type.OrderBy(mutant => Draw(mutant.Identity, seed)).Select((mutant, turn) => (mutant, turn)))
        .OrderBy(one => one.turn).ThenBy(one => Draw(one.mutant.Identity, seed)).Select(one => one.mutant);

    private static ulong Draw(string identity, int seed) =>
        BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {identity}")));
}
