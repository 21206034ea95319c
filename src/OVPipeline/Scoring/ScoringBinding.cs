using Microsoft.ML;
using Microsoft.ML.Data;

namespace OVPipeline;

/// <summary>What <c>ScoreTopK</c> finds in a schema: the circuit, the column of its rows, and the labels if there are any.</summary>
internal sealed class ScoringBinding
{
    public ScoringBinding(TopKScoringEstimator.Options options, DataViewSchema schema)
    {
        Options = options;
        CircuitColumn = schema.GetColumnOrNull(options.CircuitColumnName)
            ?? throw CircuitColumns.Mismatch("circuit", options.CircuitColumnName, "a Vector<Single> that carries a token circuit", null);
        Circuit = CircuitColumn.GetAnnotatedCircuit();
        var (circuit, _, outputs) = Circuit;
        if (options.K > outputs.Count)
        {
            string size = circuit.NoCopying is null ? "the size of the vocabulary" : "the circuit's outputs";
            throw new ArgumentOutOfRangeException(
                nameof(options), options.K, $"K must be in [1, {outputs.Count}], {size}; was {options.K}.");
        }
        if (options.LabelColumnName is { } name && schema.GetColumnOrNull(name) is { } label && !IsCopying(label))
            LabelColumn = schema.RequireLabel(name, outputs.Count, circuit.NoCopying is null);
        uint sets = schema.GetMaxAnnotationKind(out _, AnnotationUtils.Kinds.ScoreColumnSetId);
        Columns = new(outputs, options, LabelColumn?.Name, sets + 1);
    }

    public TopKScoringEstimator.Options Options { get; }

    public AnnotatedCircuit Circuit { get; }

    public DataViewSchema.Column CircuitColumn { get; }

    public DataViewSchema.Column? LabelColumn { get; }

    public ScoreColumns Columns { get; }

    /// <summary>The columns that are read, by name.</summary>
    public string[] Read => LabelColumn is { } label ? [CircuitColumn.Name, label.Name] : [CircuitColumn.Name];

    // The default label, the token itself, of a circuit whose outputs are not its tokens: there is no such label.
    private bool IsCopying(DataViewSchema.Column label) => Circuit.Circuit.NoCopying is not null
        && label.Name == TopKScoringEstimator.Options.TokenLabel
        && label.Type is KeyDataViewType key && key.Count == (ulong)Circuit.Vocabulary.Count;

    /// <summary>The input columns that some of the added columns, by kind, are computed from.</summary>
    public IEnumerable<DataViewSchema.Column> Dependencies(IReadOnlyCollection<string> kinds)
    {
        if (kinds.Count > 0)
            yield return CircuitColumn;
        if (LabelColumn is { } label && (kinds.Contains(ScoreColumns.LabelRank) || kinds.Contains(ScoreColumns.LabelLogLoss)))
            yield return label;
    }
}
