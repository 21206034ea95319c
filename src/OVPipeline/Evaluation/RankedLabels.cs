using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>The two columns that <c>ScoreTopK</c> makes of labels, and how many outputs they are of.</summary>
internal sealed class RankedLabels
{
    private readonly IDataView _data;
    private readonly DataViewSchema.Column _rank, _loss;

    /// <param name="data">Scored data.</param>
    /// <param name="rankColumnName">The column of ranks.</param>
    /// <param name="lossColumnName">The column of log-losses.</param>
    /// <param name="labelColumnName">What they have to be of; null where they may be of any label.</param>
    /// <exception cref="ArgumentException">The data was not scored so, or the columns are of different steps or another label.</exception>
    public RankedLabels(IDataView data, string rankColumnName, string lossColumnName, string? labelColumnName)
    {
        _data = data;
        _rank = Require(data.Schema, rankColumnName, NumberDataViewType.Single);
        _loss = Require(data.Schema, lossColumnName, NumberDataViewType.Double);
        ScoreColumns.RequireOneStep(_rank, _loss);
        Outputs = ScoreColumns.VocabularySizeOf(_rank);
        Label = ScoreColumns.LabelOf(_rank);
        if (labelColumnName is not null && Label is not null && Label != labelColumnName)
        {
            string message = $"'{rankColumnName}' has the ranks of '{Label}', not of '{labelColumnName}'.";
            throw new ArgumentException(message, nameof(labelColumnName));
        }
    }

    /// <summary>How many outputs a rank is one of.</summary>
    public int Outputs { get; }

    /// <summary>The column of labels; null where the columns do not say.</summary>
    public string? Label { get; }

    public IReadOnlyList<DataViewSchema.Column> Columns => [_rank, _loss];

    /// <summary>The rows that have a label.</summary>
    public IEnumerable<LabelScore> Rows()
    {
        using var cursor = _data.GetRowCursor(Columns);
        var read = Reader(cursor);
        while (cursor.MoveNext())
            if (read() is { } row)
                yield return row;
    }

    /// <summary>Reads the present row of a cursor with these columns; null where it has no label.</summary>
    public Func<LabelScore?> Reader(DataViewRow cursor)
    {
        var getRank = cursor.GetGetter<float>(_rank);
        var getLoss = cursor.GetGetter<double>(_loss);
        float rank = 0;
        double loss = 0;
        return () =>
        {
            getRank(ref rank);
            if (float.IsNaN(rank))
                return null;
            getLoss(ref loss);
            return new((uint)rank, loss);
        };
    }

    private static DataViewSchema.Column Require(DataViewSchema schema, string name, DataViewType type)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (schema.GetColumnOrNull(name) is { } column && column.Type.Equals(type))
            return column;
        if (schema.GetColumnOrNull(name) is null && OtherOutputs(schema) is { } circuit)
            throw CircuitColumns.NoLabel(circuit, nameof(schema));
        string expected = $"{type}, as ScoreTopK makes it of data with labels";
        throw CircuitColumns.Mismatch("score", name, expected, schema.GetColumnOrNull(name)?.Type.ToString());
    }

    private static TokenCircuit? OtherOutputs(DataViewSchema schema) => schema.Where(column => column.HasTokenCircuit())
        .Select(column => column.GetTokenCircuit()).FirstOrDefault(circuit => circuit.NoCopying is not null);
}

/// <summary>What a circuit makes of a row's label.</summary>
/// <param name="Rank">Its 1-based rank.</param>
/// <param name="LogLoss">Its log-loss in nats.</param>
internal readonly record struct LabelScore(uint Rank, double LogLoss);
