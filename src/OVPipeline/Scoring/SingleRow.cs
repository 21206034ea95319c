using Microsoft.ML;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>One row, scored when a getter first asks for it: what PredictionEngine uses.</summary>
internal sealed class SingleRow(ScoringBinding binding, DataViewRow input, IReadOnlyCollection<string> columns) : IScoredRow
{
    private readonly CircuitRowBlock _block = new(binding, input, columns, capacity: 1);
    private long _position = -1;

    public ScoredRows Scores => Current.Scores;

    public int Index => 0;

    public bool Missing => Current.Missing;

    private CircuitRowBlock Current
    {
        get
        {
            if (_position != input.Position || input.Position < 0)
            {
                _block.Read(0); // outside rows the input throws
                _block.Score(1);
                _block.Index = 0;
                _position = input.Position;
            }
            return _block;
        }
    }
}
