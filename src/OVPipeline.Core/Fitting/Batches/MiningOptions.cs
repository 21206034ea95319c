namespace OVPipeline.Core;

/// <summary>How hard negatives are mined. The defaults were tuned at V = 50,278, d_model = 768, rank 64.</summary>
internal sealed record MiningOptions
{
    /// <summary>Steps from one look at the examples to the next.</summary>
    public int LookEvery { get; init; } = 8;

    /// <summary>Share of the examples scored at the first look.</summary>
    public double FirstSlice { get; init; } = 0.34;

    /// <summary>Share of the examples scored at later looks, besides the hard ones.</summary>
    public double Slice { get; init; } = 0.17;

    /// <summary>An example is hard where its label leads by less than this, in nats.</summary>
    public double HardMargin { get; init; } = 1.5;

    /// <summary>Tokens kept that an example is confused with.</summary>
    public int Confusers { get; init; } = 3;

    /// <summary>Share of a batch's rows that are hard.</summary>
    public double HardShare { get; init; } = 0.25;

    /// <summary>How many times over hard examples count in the first step's loss; falls geometrically to once in the last.</summary>
    public double HardWeight { get; init; } = 8;

    /// <summary>Columns of a batch for each of its rows.</summary>
    public double ColumnsPerRow { get; init; } = 2.5;
}
