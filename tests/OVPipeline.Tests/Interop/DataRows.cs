using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline.Tests.Interop;

/// <summary>Values of any data as texts that tell every bit, so that two data views can be compared whole.</summary>
internal static class DataRows
{
    /// <summary>The values of a row that stand in some columns, read by a cursor of those columns alone.</summary>
    public static string[] Read(IDataView data, params string[] columns)
    {
        DataViewSchema.Column[] active = [.. columns.Select(name => data.Schema[name])];
        using var cursor = data.GetRowCursor(active);
        return Read(cursor, active);
    }

    /// <summary>The same of a cursor that is there.</summary>
    public static string[] Read(DataViewRowCursor cursor, DataViewSchema.Column[] columns)
    {
        Func<string>[] readers = [.. columns.Select(column => Reader(cursor, column))];
        List<string> rows = [];
        while (cursor.MoveNext())
            rows.Add(string.Join(" | ", readers.Select(read => read())));
        return [.. rows];
    }

    /// <summary>A column's name, type, and its annotations that files keep.</summary>
    public static string Describe(DataViewSchema.Column column) =>
        $"{column.Name}: {column.Type} [{string.Join(", ", column.Annotations.Schema.Select(one => $"{one.Name} {one.Type}").Order())}]";

    public static Func<string> Reader(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: var item } when item.RawType == typeof(float) => Vector<float>(row, column),
        VectorDataViewType => Vector<uint>(row, column),
        var type when type.RawType == typeof(float) => Scalar<float>(row, column),
        var type when type.RawType == typeof(double) => Scalar<double>(row, column),
        var type when type.RawType == typeof(uint) => Scalar<uint>(row, column),
        _ => Scalar<ReadOnlyMemory<char>>(row, column),
    };

    private static Func<string> Scalar<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Bits(value);
        };
    }

    private static Func<string> Vector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return string.Join(' ', value.DenseValues().Select(one => Bits(one)));
        };
    }

    private static string Bits<T>(T value) => value switch
    {
        float number => BitConverter.SingleToInt32Bits(number).ToString("X8", CultureInfo.InvariantCulture),
        double number => BitConverter.DoubleToInt64Bits(number).ToString("X16", CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };
}
