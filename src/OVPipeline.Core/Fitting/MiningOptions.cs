namespace OVPipeline.Core;

/// <summary>How hard negatives are mined.</summary>
internal sealed record MiningOptions
{
    public static MiningOptions Default { get; } = new();
    public int LookEvery { get; init; } = 8;
    public double FirstSlice { get; init; } = 0.34;
    public double Slice { get; init; } = 0.17;
    public double HardMargin { get; init; } = 1.5;
    public int Confusers { get; init; } = 3;
    public double HardShare { get; init; } = 0.5;
    public double ColumnsPerRow { get; init; } = 2.5;
}
