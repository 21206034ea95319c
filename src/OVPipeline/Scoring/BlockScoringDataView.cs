using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

namespace OVPipeline;

/// <summary>
/// A data view with score columns added. One input cursor is read a block of rows ahead and the block is scored at once, so that a
/// pipeline costs about what the engine costs, and rows stay with their own columns however the source orders them.
/// </summary>
internal sealed class BlockScoringDataView(IHost host, IDataView source, ScoringBinding binding, TopKScoringTransformer transformer)
    : ITransformTemplate, ITransformCanSaveOnnx
{
    // What sentences call it.
    private const string Step = "ScoreTopK";

    private readonly ColumnBindings _columns = new(source.Schema, binding.Columns.Detached);

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => _columns.Schema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = new bool[Schema.Count];
        foreach (var column in columnsNeeded)
            active[column.Index] = true;
        bool[] activeInput = _columns.GetActiveInput(column => active[column]);
        string[] scored = [.. binding.Columns.Kinds.Where((_, i) => active[_columns.AddedColumnIndices[i]])];
        DataViewSchema.Column[] needed = [.. source.Schema.Where(column => activeInput[column.Index]).Union(binding.Dependencies(scored))];
        return new ScoringCursor(this, source.GetRowCursor(needed, rand), active, activeInput, scored);
    }

    // The engine has the cores to itself: one cursor keeps it busy.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    IDataView IDataTransform.Source => source;

    IDataTransform ITransformTemplate.ApplyToData(IHostEnvironment env, IDataView newSource) =>
        (IDataTransform)transformer.Transform(newSource);

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)transformer).Save(ctx);

    bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx)
    {
        OnnxGraph.RequireExported(ctx, source, Step, binding.Read);
        return true;
    }

    void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx) =>
        new ScoringOnnx(OnnxGraph.For(ctx, Step, binding.Read), binding).Write();

    private sealed class ScoringCursor : RootCursorBase
    {
        private readonly BlockScoringDataView _view;
        private readonly DataViewRowCursor _input;
        private readonly bool[] _active;
        private readonly ColumnBuffer?[] _passed;
        private readonly CircuitRowBlock? _block;
        private readonly HostCancellation? _cancellation;
        private readonly ScoringBinding _binding;
        private readonly ValueGetter<DataViewRowId> _getId;
        private readonly DataViewRowId[] _ids;
        private readonly long[] _batches;
        private int _index, _count;

        public ScoringCursor(
            BlockScoringDataView view, DataViewRowCursor input, bool[] active, bool[] activeInput, string[] scored)
            : base(view.Host)
        {
            _view = view;
            _input = input;
            _active = active;
            _binding = view.Binding;
            int capacity = _binding.Options.Engine.PreferredRows;
            _passed = [.. input.Schema.Select(column => activeInput[column.Index] ? ColumnBuffer.Of(input, column, capacity) : null)];
            _block = scored.Length > 0 ? new(_binding, input, scored, capacity) : null;
            _cancellation = _block is null ? null : new(view.Host, _binding.Options.CancellationToken);
            _getId = input.GetIdGetter();
            _ids = new DataViewRowId[capacity];
            _batches = new long[capacity];
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Batch => _batches[_index];

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[Row];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!IsColumnActive(column))
                throw new InvalidOperationException($"Column '{column.Name}' was not asked for when the cursor was made.");
            int index = _view._columns.MapColumnIndex(out bool isInput, column.Index);
            var getter = isInput ? _passed[index]!.Getter(() => Row) : ScoreColumns.Getter(_binding.Columns.Kinds[index], _block!);
            return getter as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"Column '{column.Name}' is {column.Type}, not {typeof(TValue)}.");
        }

        // The place of the present row in the block.
        private int Row => _count > 0 ? _index : throw CircuitRowBlock.OutsideRows();

        protected override bool MoveNextCore()
        {
            if (++_index >= _count)
                ReadBlock();
            if (_block is not null)
                _block.Index = _count > 0 ? _index : -1;
            return _count > 0;
        }

        private void ReadBlock()
        {
            _view.Host.CheckAlive();
            for (_index = _count = 0; _count < _ids.Length && _input.MoveNext(); _count++)
            {
                foreach (var column in _passed)
                    column?.Read(_count);
                _block?.Read(_count);
                _getId(ref _ids[_count]);
                _batches[_count] = _input.Batch;
            }
            if (_count == 0 || _block is null)
                return;
            try
            {
                _block.Score(_count, _cancellation!.Token);
            }
            catch (OperationCanceledException)
            {
                _view.Host.CheckAlive();
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _input.Dispose();
                _cancellation?.Dispose();
            }
            base.Dispose(disposing);
        }
    }

    private IHost Host => host;

    private ScoringBinding Binding => binding;
}
