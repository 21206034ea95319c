namespace OVPipeline.Core;

/// <summary>
/// Chooses after how many terms of the sums tiles are screened. Every choice gives the same results; which one saves most depends on how
/// far the rows' thresholds stand above the other logits, so a panel of a group tries each choice and the rest of the group goes by what
/// was seen. Where nothing was saved, only every few groups try again.
/// </summary>
/// <param name="depth">Terms of a sum.</param>
internal sealed class Screening(int depth)
{
    /// <summary>Depths to choose from: a half, five eighths and three quarters of all terms.</summary>
    public const int Choices = 3;

    /// <summary>No screening.</summary>
    public const int None = -1;

    // Looking at a tile's sums costs about as much as this many terms.
    private const int LookingTerms = 5, LeastDepth = 32, IdleGroups = 8;

    private readonly double[] _terms = [depth, depth, depth];

    /// <summary>Terms before the look.</summary>
    public static int DepthOf(int choice, int depth) => depth * (4 + choice) / 8;

    /// <summary>What to do with a panel of a group.</summary>
    public int For(int group, int panelOfGroup)
    {
        int best = Array.IndexOf(_terms, _terms.Min());
        bool saves = _terms[best] < depth;
        if (panelOfGroup < Choices && depth >= LeastDepth && (saves || group % IdleGroups == 0))
            return panelOfGroup;
        return saves ? best : None;
    }

    /// <summary>Learns from tiles, and tells how many terms they took in all.</summary>
    public double Learn(int choice, long tiles, long completed)
    {
        if (choice == None)
            return (double)depth * tiles;
        int before = DepthOf(choice, depth);
        double terms = before * (double)tiles + (depth - before) * (double)completed;
        _terms[choice] = tiles == 0 ? depth : terms / tiles + LookingTerms;
        return terms;
    }
}
