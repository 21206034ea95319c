using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>What two circuits make of the same rows, and which of these belong together.</summary>
internal sealed class PairedScores
{
    private readonly List<(LabelScore First, LabelScore Second)> _rows = [];
    private readonly List<int> _groups = []; // of each row
    private int _groupCount;

    /// <summary>Reads the rows that both have ranked a label of.</summary>
    public static PairedScores Read(IDataView data, RankedLabels first, RankedLabels second, string? groupColumnName)
    {
        var paired = new PairedScores();
        var group = groupColumnName is null ? (DataViewSchema.Column?)null : GroupColumn(data.Schema, groupColumnName);
        List<DataViewSchema.Column> needed = [.. first.Columns, .. second.Columns];
        if (group is { } shared)
            needed.Add(shared);
        using var cursor = data.GetRowCursor(needed);
        var (readFirst, readSecond) = (first.Reader(cursor), second.Reader(cursor));
        var groupOf = group is { } column ? GroupReader(cursor, column) : null;
        while (cursor.MoveNext())
        {
            if (readFirst() is not { } ofFirst || readSecond() is not { } ofSecond)
                continue;
            int own = groupOf?.Invoke() ?? paired._rows.Count;
            paired._groupCount = Math.Max(paired._groupCount, own + 1);
            paired._rows.Add((ofFirst, ofSecond));
            paired._groups.Add(own);
        }
        return paired;
    }

    /// <summary>The comparison of rows that were read.</summary>
    public OVCircuitComparison Compare(int outputs, int topK, double level, int seed)
    {
        var first = new OVCircuitMetrics(_rows.Select(row => row.First), outputs, topK);
        var second = new OVCircuitMetrics(_rows.Select(row => row.Second), outputs, topK);
        var sums = Sums();
        return new(first, second, [.. Enumerable.Range(1, topK).Select(AtK)], sums.Length)
        {
            Top1Difference = Interval(sum => sum.Top1),
            MeanReciprocalRankDifference = Interval(sum => sum.Reciprocal),
            CrossEntropyDifference = Interval(sum => sum.Loss),
        };

        ConfidenceInterval Interval(Func<GroupSum, double> value) =>
            BlockBootstrap.OfBlocks(sums, groups => Mean(groups, value), level: level, seed: seed);
    }

    private McNemar AtK(int k) => McNemar.Of(ContingencyTable.Of(
        [.. _rows.Select(row => row.First.Rank <= k)], [.. _rows.Select(row => row.Second.Rank <= k)]));

    // Second less first, summed over each group.
    private GroupSum[] Sums()
    {
        var sums = new GroupSum[_groupCount];
        for (int i = 0; i < _rows.Count; i++)
        {
            var (first, second) = _rows[i];
            ref var sum = ref sums[_groups[i]];
            sum.Count++;
            sum.Top1 += (second.Rank == 1 ? 1 : 0) - (first.Rank == 1 ? 1 : 0);
            sum.Reciprocal += 1.0 / second.Rank - 1.0 / first.Rank;
            sum.Loss += second.LogLoss - first.LogLoss;
        }
        return sums;
    }

    private static double Mean(IReadOnlyList<GroupSum> groups, Func<GroupSum, double> value)
    {
        double sum = 0;
        long count = 0;
        foreach (var group in groups)
        {
            sum += value(group);
            count += group.Count;
        }
        return sum / count;
    }

    private static DataViewSchema.Column GroupColumn(DataViewSchema schema, string name)
    {
        var found = schema.GetColumnOrNull(name);
        bool isKey = found?.Type is KeyDataViewType key && key.RawType == typeof(uint);
        return found is { } column && (isKey || column.Type is TextDataViewType)
            ? column
            : throw CircuitColumns.Mismatch("group", name, "String or Key<UInt32>, or null for no groups", found?.Type.ToString());
    }

    // Groups are numbered as they come; missing keys are one group.
    private static Func<int> GroupReader(DataViewRow row, DataViewSchema.Column column)
    {
        return column.Type is TextDataViewType
            ? Numbered<ReadOnlyMemory<char>, string>(text => text.ToString())
            : Numbered<uint, uint>(key => key);

        Func<int> Numbered<TValue, TKey>(Func<TValue, TKey> keyOf) where TKey : notnull
        {
            var getter = row.GetGetter<TValue>(column);
            var numbers = new Dictionary<TKey, int>();
            TValue value = default!;
            return () =>
            {
                getter(ref value);
                var key = keyOf(value);
                if (!numbers.TryGetValue(key, out int number))
                    numbers.Add(key, number = numbers.Count);
                return number;
            };
        }
    }

    private struct GroupSum
    {
        public long Count;
        public double Top1, Reciprocal, Loss;
    }
}
