using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>Rows read from a circuit column, scored together, and the one of them that getters read now.</summary>
internal sealed class CircuitRowBlock : IScoredRow
{
    private readonly ScoringBinding _binding;
    private readonly ValueGetter<VBuffer<float>> _getRow;
    private readonly ValueGetter<uint>? _getLabel;

    // By row of the block: rank values each, the label as a 0-based token, and whether the vector is missing, in place of which zeros are
    // scored.
    private readonly float[] _rows;
    private readonly int[] _labels;
    private readonly bool[] _missing;
    private VBuffer<float> _row;

    public CircuitRowBlock(ScoringBinding binding, DataViewRow input, IReadOnlyCollection<string> columns, int capacity)
    {
        var needed = binding.Columns.Needed(columns);
        _binding = binding;
        _getRow = input.GetGetter<VBuffer<float>>(binding.CircuitColumn);
        if (needed.LabelRank || needed.LabelLogLoss)
            _getLabel = input.GetGetter<uint>(binding.LabelColumn!.Value);
        _rows = new float[capacity * binding.Circuit.Circuit.Rank];
        _labels = new int[_getLabel is null ? 0 : capacity];
        _missing = new bool[capacity];
        Scores = new(needed, capacity, binding.Circuit.Outputs.Count);
    }

    public ScoredRows Scores { get; }

    /// <summary>The row that getters read; -1 outside rows, where there is none.</summary>
    public int Index
    {
        get => field >= 0 ? field : throw OutsideRows();
        set;
    } = -1;

    public bool Missing => _missing[Index];

    /// <summary>Whether a circuit vector holds no numbers, as a missing token's does.</summary>
    public static bool IsMissing(ReadOnlySpan<float> row)
    {
        foreach (float value in row)
            if (!float.IsFinite(value))
                return true;
        return false;
    }

    /// <summary>What getters throw before the first row and after the last, as ML.NET's own do.</summary>
    public static Exception OutsideRows() => Contracts.Except("Values are there only while the cursor is on a row: after MoveNext "
        + "returned true, and until it returns false.");

    /// <summary>Reads the input's present row into a place of the block.</summary>
    public void Read(int index)
    {
        int rank = _binding.Circuit.Circuit.Rank;
        var row = _rows.AsSpan(index * rank, rank);
        _getRow(ref _row);
        _row.CopyTo(row);
        _missing[index] = IsMissing(row);
        if (_missing[index])
            row.Clear();
        if (_getLabel is null)
            return;
        uint key = 0;
        _getLabel(ref key);
        _labels[index] = (int)key - 1; // keys are 1-based, and 0, a missing label, becomes -1
    }

    /// <summary>Scores the first rows of the block.</summary>
    /// <param name="count">How many.</param>
    /// <param name="cancellationToken">Checked within the scoring; by default the options'.</param>
    public void Score(int count, CancellationToken? cancellationToken = null)
    {
        var columns = _binding.Circuit.Circuit.Columns;
        var rows = _rows.AsMemory(0, count * columns.Rank);
        var labels = _labels.AsMemory(0, _getLabel is null ? 0 : count);
        _binding.Options.Engine.Score(columns, rows, labels, Scores, cancellationToken ?? _binding.Options.CancellationToken);
    }
}
