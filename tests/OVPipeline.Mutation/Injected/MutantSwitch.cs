using System.Globalization;

namespace OVPipeline.Mutation.Switches;

/// <summary>Which mutant this process runs with, and which mutants its tests have reached: built into the changed sources.</summary>
public static class Mutant
{
    // Both are static readonly: once a method is optimised the comparison below is a constant, and the switch costs nothing.
    private static readonly int Active =
        int.TryParse(Environment.GetEnvironmentVariable("OVP_MUTANT"), CultureInfo.InvariantCulture, out int id) ? id : -1;

    private static readonly bool Records = BeginRecord();

    private static readonly bool[] Reached = new bool[1 << 14];

    /// <summary>Where processes that a test starts leave what they have reached; null where nothing is recorded.</summary>
    public static string? ChildRecord =>
        Environment.GetEnvironmentVariable("OVP_MUTANT_RECORD") is { } path ? path + ".children" : null;

    /// <summary>Whether the mutant is the one that runs.</summary>
    public static bool Is(int id)
    {
        if (Records)
            Reached[id] = true;
        return id == Active;
    }

    /// <summary>The mutants reached since the last call.</summary>
    public static IReadOnlyList<int> TakeReached()
    {
        var taken = new List<int>();
        for (int id = 0; id < Reached.Length; id++)
            if (Reached[id])
            {
                Reached[id] = false;
                taken.Add(id);
            }
        return taken;
    }

    private static bool BeginRecord()
    {
        if (ChildRecord is not { } path)
            return false;
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            File.AppendAllLines(path, TakeReached().Select(id => id.ToString(CultureInfo.InvariantCulture)));
        return true;
    }
}
