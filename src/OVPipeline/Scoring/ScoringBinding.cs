using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>What <c>ScoreTopK</c> finds in a schema: the circuit, the column of its rows, and the labels if there are any.</summary>
internal sealed class ScoringBinding
{
    public ScoringBinding(ScoreTopKOptions options, DataViewSchema schema)
    {
        Options = options;
        CircuitColumn = schema.GetColumnOrNull(options.CircuitColumnName)
            ?? throw CircuitColumns.Mismatch("circuit", options.CircuitColumnName, "a Vector<Single> that carries a token circuit", null);
        Circuit = CircuitColumn.GetAnnotatedCircuit();
        int vocabulary = Circuit.Vocabulary.Count;
        if (options.K > vocabulary)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.K, $"K must be in [1, {vocabulary}], the size of the vocabulary; was {options.K}.");
        }
        if (schema.GetColumnOrNull(options.LabelColumnName) is not null)
            LabelColumn = schema.RequireTokenKey("label", options.LabelColumnName, vocabulary);
        Columns = new(Circuit.Vocabulary, LabelColumn is not null, options.K, options.Probabilities);
    }

    public ScoreTopKOptions Options { get; }

    public AnnotatedCircuit Circuit { get; }

    public DataViewSchema.Column CircuitColumn { get; }

    public DataViewSchema.Column? LabelColumn { get; }

    public ScoreColumns Columns { get; }

    /// <summary>The input columns that some of the added columns are computed from.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(IReadOnlyCollection<string> columns)
    {
        if (columns.Count > 0)
            yield return CircuitColumn;
        if (LabelColumn is { } label && (columns.Contains(ScoreColumns.LabelRank) || columns.Contains(ScoreColumns.LabelLogLoss)))
            yield return label;
    }
}
