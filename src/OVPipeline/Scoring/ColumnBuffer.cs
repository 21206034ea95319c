using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal.Utilities;

namespace OVPipeline;

/// <summary>Values of an input column, kept while the input cursor runs ahead by a block of rows.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>Reads the input's present value into a place of the buffer.</summary>
    public abstract void Read(int index);

    /// <summary>A getter of the value at a place that the caller moves.</summary>
    public abstract Delegate Getter(Func<int> index);

    public static ColumnBuffer Of(DataViewRow input, DataViewSchema.Column column, int capacity)
    {
        var type = column.Type is VectorDataViewType vector
            ? typeof(VectorBuffer<>).MakeGenericType(vector.ItemType.RawType)
            : typeof(ScalarBuffer<>).MakeGenericType(column.Type.RawType);
        return (ColumnBuffer)Activator.CreateInstance(type, RowCursorUtils.GetGetterAsDelegate(input, column.Index), capacity)!;
    }

    private sealed class ScalarBuffer<T>(ValueGetter<T> source, int capacity) : ColumnBuffer
    {
        private readonly T[] _values = new T[capacity];

        public override void Read(int index) => source(ref _values[index]);

        public override Delegate Getter(Func<int> index) => (ValueGetter<T>)((ref T value) => value = _values[index()]);
    }

    private sealed class VectorBuffer<T>(ValueGetter<VBuffer<T>> source, int capacity) : ColumnBuffer
    {
        private readonly VBuffer<T>[] _values = new VBuffer<T>[capacity];

        public override void Read(int index) => source(ref _values[index]);

        public override Delegate Getter(Func<int> index) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[index()].CopyTo(ref value));
    }
}
