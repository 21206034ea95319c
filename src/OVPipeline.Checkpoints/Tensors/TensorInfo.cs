namespace OVPipeline.Checkpoints;

/// <summary>What a checkpoint says of a tensor.</summary>
/// <param name="Name">Its name in the checkpoint.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Its sizes, outermost first.</param>
/// <param name="File">The file that holds it.</param>
public sealed record TensorInfo(string Name, ElementType Type, IReadOnlyList<long> Shape, string File)
{
    /// <summary>Number of elements.</summary>
    public long Length { get; } = Shape.Contains(0)
        ? 0
        : Shape.Aggregate(1L, (product, size) => (long)Int128.Min((Int128)product * size, long.MaxValue));

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type} [{string.Join(", ", Shape)}]";
}
