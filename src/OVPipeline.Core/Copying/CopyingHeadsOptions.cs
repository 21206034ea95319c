namespace OVPipeline.Core;

/// <summary>How copying heads are looked for.</summary>
public sealed record CopyingHeadsOptions
{
    /// <summary>
    /// Most pairs of heads to score, at least 1. Where the layers hold more, those are scored whose two heads copy most alone; what is left
    /// out is counted in <see cref="CopyingHeads.PairsLeftOut"/>. Default 792, all pairs of twelve layers of twelve heads: a matter of
    /// minutes at a vocabulary of 50,000 on two cores.
    /// </summary>
    public int MostPairs { get; init; } = 792;

    /// <summary>What scores; the answer is the same. Default <see cref="CpuEngine.Shared"/>.</summary>
    public IScoringEngine Engine { get; init; } = CpuEngine.Shared;

    /// <summary>Told after every head and every pair.</summary>
    public IProgress<CopyingProgress>? Progress { get; init; }

    /// <summary>Checked within every block of rows.</summary>
    public CancellationToken CancellationToken { get; init; }
}
