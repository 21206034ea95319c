using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A circuit in a sentence.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Rank">Its rank.</param>
/// <param name="Top1">Its top-1 share.</param>
internal sealed record CopyingFigure(string Name, int Rank, double Top1);

/// <summary>What the sentences of experiment 1 are made of.</summary>
internal sealed record ReproductionFigures
{
    /// <summary>That no head copies, in words; null where one does.</summary>
    public string? NoCopyingHead { get; init; }

    /// <summary>Tokens, V.</summary>
    public required int Tokens { get; init; }

    /// <summary>The trained pair of one head's rank.</summary>
    public required CopyingFigure Copier { get; init; }

    /// <summary>Why it cannot be what it is meant to be; null where it can.</summary>
    public FailedCheck? CopierFailed { get; init; }

    /// <summary>The best head.</summary>
    public required CopyingFigure Head { get; init; }

    /// <summary>Whether it copies.</summary>
    public required bool HeadCopies { get; init; }

    /// <summary>The best pair; null where no layer has two heads.</summary>
    public CopyingFigure? Pair { get; init; }

    /// <summary>Whether it copies.</summary>
    public bool PairCopies { get; init; }

    /// <summary>Top-1 share of the pair truncated to one head's rank.</summary>
    public double? Truncated { get; init; }

    /// <summary>Top-1 share of the best head without the mean row.</summary>
    public required double HeadWithoutMeanRow { get; init; }

    /// <summary>The table of the circuits.</summary>
    public required string Circuits { get; init; }

    /// <summary>The table of the same without the mean row.</summary>
    public required string Hubs { get; init; }
}
