namespace OVPipeline.Checkpoints;

/// <summary>
/// A run of a tensor's elements, open until disposed: all blocks that hold one of them, where its type has blocks.
/// </summary>
internal readonly ref struct ElementWindow : IDisposable
{
    private readonly StoredTensor _tensor;
    private readonly FileWindow _window;
    private readonly long _firstBlock;

    /// <summary>Opens a window on elements.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="first">The first of them, from the tensor's first.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <exception cref="CheckpointException">They do not lie in the file.</exception>
    public ElementWindow(StoredTensor tensor, long first, long count)
    {
        int size = tensor.Info.Type.Size();
        int length = tensor.Info.Type.BlockLength();
        long last = (first + count - 1) / length;
        _tensor = tensor;
        _firstBlock = first / length;
        _window = tensor.File.Window(tensor.Offset + (_firstBlock * size), (last - _firstBlock + 1) * size);
    }

    /// <summary>Reads elements of the window that follow one another.</summary>
    /// <param name="element">The first, from the tensor's first.</param>
    /// <param name="values">Where they go.</param>
    public void ToSingle(long element, Span<float> values)
    {
        var type = _tensor.Info.Type;
        int size = type.Size();
        int length = type.BlockLength();
        if (_tensor.BigEndian)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = ElementConversion.ToSingleBigEndian(type, _window.Slice((element - _firstBlock + i) * size, size));
            return;
        }
        (long block, long within) = Math.DivRem(element - (_firstBlock * length), length);
        if (within > 0)
            block++;
        int head = within == 0 ? 0 : (int)Math.Min(length - within, values.Length);
        if (head > 0)
            PartOf(block - 1, (int)within, values[..head]);
        int whole = (values.Length - head) / length;
        if (whole > 0)
            ElementConversion.ToSingle(type, _window.Slice(block * size, whole * size), values.Slice(head, whole * length));
        int done = head + (whole * length);
        if (done < values.Length)
            PartOf(block + whole, 0, values[done..]);
    }

    public void Dispose() => _window.Dispose();

    private void PartOf(long block, int from, Span<float> values)
    {
        int size = _tensor.Info.Type.Size();
        Span<float> all = stackalloc float[BlockConversion.Longest];
        ElementConversion.ToSingle(_tensor.Info.Type, _window.Slice(block * size, size), all[.._tensor.Info.Type.BlockLength()]);
        all.Slice(from, values.Length).CopyTo(values);
    }
}
