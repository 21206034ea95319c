using System.Reflection;
using Microsoft.ML;

namespace OVPipeline.Benchmarks;

/// <summary>Reads every column of every row.</summary>
internal static class DataViewPass
{
    private static readonly MethodInfo ReaderMethod =
        typeof(DataViewPass).GetMethod(nameof(Reader), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <summary>The number of rows, all of whose values were read.</summary>
    public static long Read(IDataView data)
    {
        using var cursor = data.GetRowCursor(data.Schema);
        Action[] readers = [.. data.Schema.Select(column =>
            (Action)ReaderMethod.MakeGenericMethod(column.Type.RawType).Invoke(null, [cursor, column])!)];
        long rows = 0;
        for (; cursor.MoveNext(); rows++)
            foreach (var read in readers)
                read();
        return rows;
    }

    private static Action Reader<T>(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        var getter = cursor.GetGetter<T>(column);
        T value = default!;
        return () => getter(ref value);
    }
}
