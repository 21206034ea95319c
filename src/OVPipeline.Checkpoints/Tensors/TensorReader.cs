using System.Buffers;
using System.Numerics.Tensors;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Reads views of tensors from their files, window by window, as finite single-precision numbers.</summary>
internal static class TensorReader
{
    // What is mapped at a time: enough that mapping costs little beside reading, and little memory while a model of any size is read.
    private const long WindowBytes = 8 << 20;

    // Elements converted at a time, 4 MiB of singles: what NaN and infinities are looked for in.
    private const int Chunk = 1 << 20;

    // Sides of the squares in which columns become rows: 32 x 32 singles are 4 KiB, so that both sides stay in the first cache.
    private const int Tile = 32;

    /// <summary>Reads a view of one or two dimensions, into a buffer where one of just the right length is given.</summary>
    /// <exception cref="CheckpointException">
    /// The type cannot be a weight, a value is not finite, or the view does not fit memory.
    /// </exception>
    public static Matrix ToMatrix(this TensorView view, float[]? buffer = null)
    {
        view = view.AsMatrix();
        var info = view.Tensor.Info;
        if (view.Tensor.Unreadable is { } reason)
            throw Bad(view, reason);
        if (!info.Type.IsWeight())
            throw Bad(view, $"{info.Type} elements cannot be read as weights; F64, F32, F16 and BF16 can.");
        long rows = view.Shape[0];
        long columns = view.Shape[1];
        if (Math.Max(rows, columns) > int.MaxValue || (Int128)rows * columns > Array.MaxLength)
            throw Bad(view, $"a [{rows}, {columns}] matrix does not fit memory as one array.");
        if (rows * columns > Math.Max(StoredElements(view), 1))
            throw Bad(view, $"a [{rows}, {columns}] matrix repeats elements of the file.");
        float[] values = buffer?.Length == rows * columns ? buffer : new float[rows * columns];
        if (values.Length > 0)
            Fill(view, (int)rows, (int)columns, values);
        if (view.Scale != 1)
            TensorPrimitives.Multiply(values, view.Scale, values);
        if (view.Shift != 0)
            TensorPrimitives.Add(values, view.Shift, values);
        return new Matrix((int)rows, (int)columns, values);
    }

    private static void Fill(TensorView view, int rows, int columns, Span<float> values)
    {
        if (view.Tensor.BigEndian)
            Gather(view, rows, columns, values);
        else if (view.Strides[1] == 1 || columns == 1)
            CopyRows(view, rows, columns, values);
        else if (view.Strides[0] == 1 || rows == 1)
            CopyColumns(view, rows, columns, values);
        else
            Gather(view, rows, columns, values);
    }

    /// <summary>Rows that are contiguous in the file.</summary>
    private static void CopyRows(TensorView view, int rows, int columns, Span<float> values)
    {
        long stride = view.Strides[0];
        int block = RowsInWindow(view, rows, columns);
        for (int row = 0; row < rows; row += block)
        {
            int count = Math.Min(block, rows - row);
            using var window = Map(view, row * stride, ((count - 1) * stride) + columns);
            if (stride == columns)
                Convert(view, window, 0, values.Slice(row * columns, count * columns), row * stride);
            else
                for (int i = 0; i < count; i++)
                    Convert(view, window, i * stride, values.Slice((row + i) * columns, columns), (row + i) * stride);
        }
    }

    /// <summary>Columns that are contiguous in the file: read as rows, and turned tile by tile.</summary>
    private static void CopyColumns(TensorView view, int rows, int columns, Span<float> values)
    {
        var source = view.Transpose();
        int block = RowsInWindow(source, columns, rows);
        float[] buffer = ArrayPool<float>.Shared.Rent(block * rows);
        for (int column = 0; column < columns; column += block)
        {
            int count = Math.Min(block, columns - column);
            CopyRows(source with { Start = source.Start + (column * source.Strides[0]) }, count, rows, buffer);
            for (int i0 = 0; i0 < rows; i0 += Tile)
                for (int j0 = 0; j0 < count; j0 += Tile)
                    for (int i = i0; i < Math.Min(i0 + Tile, rows); i++)
                        for (int j = j0; j < Math.Min(j0 + Tile, count); j++)
                            values[(i * columns) + column + j] = buffer[(j * rows) + i];
        }
        ArrayPool<float>.Shared.Return(buffer);
    }

    /// <summary>Any strides, element by element.</summary>
    private static void Gather(TensorView view, int rows, int columns, Span<float> values)
    {
        long rowStride = view.Strides[0];
        long columnStride = view.Strides[1];
        int size = view.Tensor.Info.Type.Size();
        for (int i = 0; i < rows; i++)
        {
            using var window = Map(view, i * rowStride, ((columns - 1) * columnStride) + 1);
            for (int j = 0; j < columns; j++)
            {
                ref float value = ref values[(i * columns) + j];
                var bytes = window.Slice(j * columnStride * size, size);
                if (view.Tensor.BigEndian)
                    value = ElementConversion.ToSingleBigEndian(view.Tensor.Info.Type, bytes);
                else
                    ElementConversion.ToSingle(view.Tensor.Info.Type, bytes, new Span<float>(ref value));
                if (!float.IsFinite(value))
                    throw NotFinite(view, value, (i * rowStride) + (j * columnStride));
            }
        }
    }

    private static void Convert(TensorView view, in MappedWindow window, long from, Span<float> values, long element)
    {
        int size = view.Tensor.Info.Type.Size();
        for (int done = 0; done < values.Length; done += Chunk)
        {
            var part = values.Slice(done, Math.Min(Chunk, values.Length - done));
            ElementConversion.ToSingle(view.Tensor.Info.Type, window.Slice((from + done) * size, part.Length * size), part);
            if (TensorPrimitives.IsFiniteAll<float>(part))
                continue;
            int index = 0;
            while (float.IsFinite(part[index]))
                index++;
            throw NotFinite(view, part[index], element + done + index);
        }
    }

    private static MappedWindow Map(TensorView view, long element, long count)
    {
        int size = view.Tensor.Info.Type.Size();
        return view.Tensor.File.Map(view.Tensor.Offset + ((view.Start + element) * size), count * size);
    }

    private static int RowsInWindow(TensorView view, int rows, int columns) =>
        (int)Math.Clamp(WindowBytes / view.Tensor.Info.Type.Size() / Math.Max(Math.Max(view.Strides[0], columns), 1), 1, rows);

    /// <summary>How many elements the tensor can have without repeating any: what bounds an allocation by the file's size.</summary>
    private static long StoredElements(TensorView view) => (view.Tensor.File.Length - view.Tensor.Offset) / view.Tensor.Info.Type.Size();

    /// <param name="view">What is read.</param>
    /// <param name="value">NaN or an infinity.</param>
    /// <param name="element">Element offset from the view's first.</param>
    private static CheckpointException NotFinite(TensorView view, float value, long element)
    {
        // An element's place in the storage is taken apart by the strides, the widest first: the index in the tensor as stored.
        long rest = view.Start + element;
        long[] index = new long[view.Tensor.Strides.Count];
        foreach (int i in Enumerable.Range(0, index.Length).OrderByDescending(i => view.Tensor.Strides[i]))
            if (view.Tensor.Strides[i] > 0 && view.Tensor.Info.Shape[i] > 1)
                (index[i], rest) = Math.DivRem(rest, view.Tensor.Strides[i]);
        return Bad(view, $"the value at [{string.Join(", ", index)}] is {InWords(value)}.");
    }

    private static string InWords(float value)
    {
        if (float.IsNaN(value))
            return "NaN";
        return value > 0 ? "infinite" : "minus infinite";
    }

    private static CheckpointException Bad(TensorView view, string reason) => new(view.Tensor.File.Path, view.Tensor.Info.Name, reason);
}
