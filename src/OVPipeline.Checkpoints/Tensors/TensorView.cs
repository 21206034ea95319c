namespace OVPipeline.Checkpoints;

/// <summary>
/// A part of a stored tensor, perhaps transposed, perhaps scaled: a description that costs nothing until
/// <see cref="TensorReader.ToMatrix"/> reads it.
/// </summary>
/// <param name="Tensor">The stored tensor.</param>
/// <param name="Shape">The view's sizes.</param>
/// <param name="Strides">Elements from one index to the next, by dimension.</param>
/// <param name="Start">Element offset of the first element from the tensor's first.</param>
internal sealed record TensorView(StoredTensor Tensor, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides, long Start)
{
    /// <summary>Every value is multiplied by this on reading ...</summary>
    public float Scale { get; init; } = 1;

    /// <summary>... and then increased by this.</summary>
    public float Shift { get; init; }

    /// <summary>
    /// Whether the file's columns take turns, one of the first half and one of the second (<c>0 n/2 1 n/2+1 ...</c>); read in order.
    /// It is said of a finished view: of one that is cut or turned afterwards it would be another order.
    /// </summary>
    public bool TakesTurns { get; init; }

    /// <summary>The view at one index of its first dimension.</summary>
    public TensorView At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        return this with { Shape = [.. Shape.Skip(1)], Strides = [.. Strides.Skip(1)], Start = Start + (index * Strides[0]) };
    }

    /// <summary>A range of indices of one dimension.</summary>
    public TensorView Slice(int dimension, long from, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, Shape[dimension] - count);
        return this with
        {
            Shape = [.. Shape.Select((size, i) => i == dimension ? count : size)],
            Start = count == 0 ? Start : Start + (from * Strides[dimension]),
        };
    }

    /// <summary>Rows become columns.</summary>
    public TensorView Transpose() => this with { Shape = [Shape[1], Shape[0]], Strides = [Strides[1], Strides[0]] };

    /// <summary>The view as a matrix: a vector of n values is [1, n].</summary>
    public TensorView AsMatrix() => Shape.Count switch
    {
        2 => this,
        1 => this with { Shape = [1, Shape[0]], Strides = [0, Strides[0]] },
        _ => throw new InvalidOperationException($"{Tensor.Info} is no matrix."),
    };
}
