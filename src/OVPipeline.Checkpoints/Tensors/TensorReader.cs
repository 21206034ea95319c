using System.Buffers;
using System.Numerics.Tensors;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Reads views of tensors from their files, window by window, as finite single-precision numbers.</summary>
internal static class TensorReader
{
    // What is read at a time, at most: little memory while a model of any size is read.
    private const long WindowBytes = 8 << 20;

    // Of types of blocks a window holds no more elements than of F16: what is read of one at a time is rented as singles.
    private const long MostInWindow = WindowBytes / 2;

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
            throw Bad(view, $"{info.Type} elements cannot be read as weights; F64, F32, F16, BF16, F8 and GGUF's blocks can.");
        long rows = view.Shape[0];
        long columns = view.Shape[1];
        if (Math.Max(rows, columns) > int.MaxValue || (Int128)rows * columns > Array.MaxLength)
            throw Bad(view, $"a [{rows}, {columns}] matrix does not fit memory as one array.");
        if (rows * columns > Math.Max(StoredElements(view), 1))
            throw Bad(view, $"a [{rows}, {columns}] matrix repeats elements of the file.");
        float[] values = buffer?.Length == rows * columns ? buffer : new float[rows * columns];
        if (values.Length > 0)
            Fill(view, (int)rows, (int)columns, values);
        view.Tensor.Scales?.Apply(view, (int)columns, values);
        if (view.TakesTurns)
            TurnsToHalves((int)columns, values);
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
                Convert(view, window, values.Slice(row * columns, count * columns), row * stride);
            else
                for (int i = 0; i < count; i++)
                    Convert(view, window, values.Slice((row + i) * columns, columns), (row + i) * stride);
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
        for (int i = 0; i < rows; i++)
        {
            using var window = Map(view, i * rowStride, ((columns - 1) * columnStride) + 1);
            for (int j = 0; j < columns; j++)
            {
                long element = (i * rowStride) + (j * columnStride);
                ref float value = ref values[(i * columns) + j];
                window.ToSingle(view.Start + element, new Span<float>(ref value));
                if (!float.IsFinite(value))
                    throw NotFinite(view, value, element);
            }
        }
    }

    /// <summary>Converts elements that follow one another in the file, and looks for those that are not finite.</summary>
    private static void Convert(TensorView view, in ElementWindow window, Span<float> values, long element)
    {
        for (int done = 0; done < values.Length; done += Chunk)
        {
            var part = values.Slice(done, Math.Min(Chunk, values.Length - done));
            window.ToSingle(view.Start + element + done, part);
            if (TensorPrimitives.IsFiniteAll<float>(part))
                continue;
            int index = 0;
            while (float.IsFinite(part[index]))
                index++;
            throw NotFinite(view, part[index], element + done + index);
        }
    }

    /// <summary>Columns 0 2 4 ... 1 3 5 ... of each row.</summary>
    private static void TurnsToHalves(int columns, Span<float> values)
    {
        float[] row = ArrayPool<float>.Shared.Rent(columns);
        for (int start = 0; start < values.Length; start += columns)
        {
            var target = values.Slice(start, columns);
            target.CopyTo(row);
            for (int j = 0; j < columns / 2; j++)
            {
                target[j] = row[2 * j];
                target[(columns / 2) + j] = row[(2 * j) + 1];
            }
        }
        ArrayPool<float>.Shared.Return(row);
    }

    private static ElementWindow Map(TensorView view, long element, long count) => new(view.Tensor, view.Start + element, count);

    private static int RowsInWindow(TensorView view, int rows, int columns)
    {
        long most = Math.Min(view.Tensor.Info.Type.MostElements(WindowBytes), MostInWindow);
        return (int)Math.Clamp(most / Math.Max(Math.Max(view.Strides[0], columns), 1), 1, rows);
    }

    /// <summary>How many elements the tensor can have without repeating any: what bounds an allocation by the file's size.</summary>
    private static long StoredElements(TensorView view) =>
        view.Tensor.Info.Type.MostElements(view.Tensor.File.Length - view.Tensor.Offset);

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
