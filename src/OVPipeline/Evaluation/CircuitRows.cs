using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>The rows of a circuit column that have a label, one after the other, and the labels as 0-based tokens.</summary>
/// <param name="Values">n rows of r values.</param>
/// <param name="Labels">n labels.</param>
internal sealed record CircuitRows(ReadOnlyMemory<float> Values, int[] Labels)
{
    /// <summary>Reads them. As long as they are those of H in order, as all tokens' are, H itself stands for them.</summary>
    public static CircuitRows Read(IDataView data, ScoringBinding binding, DataViewSchema.Column label)
    {
        var h = binding.Circuit.Circuit.H;
        int rank = h.Columns;
        var row = new float[rank];
        float[]? copies = null;
        List<int> labels = [];
        using var cursor = data.GetRowCursor([binding.CircuitColumn, label]);
        var getRow = cursor.GetGetter<VBuffer<float>>(binding.CircuitColumn);
        var getLabel = cursor.GetGetter<uint>(label);
        VBuffer<float> vector = default;
        uint key = 0;
        while (cursor.MoveNext())
        {
            getLabel(ref key);
            getRow(ref vector);
            vector.CopyTo(row);
            if (key == 0 || CircuitRowBlock.IsMissing(row))
                continue;
            int index = labels.Count, first = checked(index * rank);
            labels.Add((int)key - 1);
            if (copies is null && index < h.Rows && MemoryMarshal.AsBytes(h.Row(index)).SequenceEqual(MemoryMarshal.AsBytes(row.AsSpan())))
                continue;
            if (copies is null)
            {
                copies = new float[Math.Max(checked((int)(data.GetRowCount() ?? 1024) * rank), first + rank)];
                h.Values[..first].CopyTo(copies);
            }
            if (copies.Length < first + rank)
                Array.Resize(ref copies, checked(2 * copies.Length)); // where the number of rows is not known
            row.CopyTo(copies, first);
        }
        return new((copies ?? h.Data).AsMemory(0, labels.Count * rank), [.. labels]);
    }
}
