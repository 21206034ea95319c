using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace OVPipeline;

/// <summary>
/// Scores a circuit column against the whole vocabulary. Fitting only checks the data: the circuit comes with the column.
/// </summary>
public sealed class TopKScoringEstimator : IEstimator<TopKScoringTransformer>
{
    private readonly IHost _host;
    private readonly ScoreTopKOptions _options;

    internal TopKScoringEstimator(IHostEnvironment env, ScoreTopKOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        TopKScoringTransformer.Check(options);
        _host = env.Register(nameof(TopKScoringEstimator));
        _options = options;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The circuit column carries no circuit, the label column is over another vocabulary, one that was named is missing, or K is above
    /// V_out.
    /// </exception>
    public TopKScoringTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new TopKScoringTransformer(_host, _options);
        transformer.GetOutputSchema(input.Schema);
        if (_options.LabelColumnName is { } label && label != ScoreTopKOptions.TokenLabel && input.Schema.GetColumnOrNull(label) is null)
            throw CircuitColumns.Mismatch("label", label, "a key over the circuit's outputs", null);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The circuit column is missing or carries no circuit, or the label column is no key, or was named and is missing.
    /// </exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        string circuit = _options.CircuitColumnName;
        if (!inputSchema.TryFindColumn(circuit, out var column) || !CircuitColumns.CircuitShape(circuit).IsCompatibleWith(column))
        {
            string? found = column.IsValid ? column.GetTypeString() : null;
            throw CircuitColumns.Mismatch("circuit", circuit, "a Vector<Single> that carries a token circuit", found);
        }
        bool labelled = _options.LabelColumnName switch
        {
            null => false,
            ScoreTopKOptions.TokenLabel => inputSchema.TryFindColumn(ScoreTopKOptions.TokenLabel, out _) && !column.HasOtherOutputs(),
            _ => true, // it was named, and has to be there
        };
        if (labelled)
            inputSchema.RequireTokenKey("label", _options.LabelColumnName!);
        return inputSchema.With([.. ScoreColumns.Shapes(_options, labelled)]);
    }
}
