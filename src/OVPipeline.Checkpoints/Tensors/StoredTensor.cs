namespace OVPipeline.Checkpoints;

/// <summary>
/// A tensor and where its elements lie: that of index i at byte <c>Offset + size * sum i[d] Strides[d]</c>. Whoever makes one has checked
/// that every element lies in the file.
/// </summary>
/// <param name="Info">Name, type and shape.</param>
/// <param name="File">The file.</param>
/// <param name="Offset">Byte offset of the first element in the file.</param>
/// <param name="Strides">Elements from one index to the next, by dimension; not negative.</param>
/// <param name="BigEndian">Whether elements are stored most significant byte first.</param>
internal sealed record StoredTensor(TensorInfo Info, ReadOnlyFile File, long Offset, IReadOnlyList<long> Strides, bool BigEndian = false)
{
    /// <summary>
    /// Why its elements cannot be read, a sentence (sparse, quantised in a way that is not known here, of an unknown type); null where
    /// they can. Such a tensor is listed as any other, and is an error only where its elements are asked for.
    /// </summary>
    public string? Unreadable { get; init; }

    /// <summary>What its elements are multiplied by, where they are stored with scales beside them; else null.</summary>
    public TensorScales? Scales { get; init; }

    /// <summary>The strides of a tensor without gaps, last index fastest.</summary>
    public static long[] ContiguousStrides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        long stride = 1;
        for (int i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }
        return strides;
    }

    /// <summary>The whole tensor as a view.</summary>
    public TensorView View() => new(this, Info.Shape, Strides, 0);
}
