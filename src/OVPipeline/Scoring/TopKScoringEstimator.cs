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
    /// The circuit column carries no circuit, the label column is over another vocabulary, or K is above V_out.
    /// </exception>
    public TopKScoringTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new TopKScoringTransformer(_host, _options);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The circuit column is missing or carries no circuit, or the label column is no key.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        string circuit = _options.CircuitColumnName;
        if (!inputSchema.TryFindColumn(circuit, out var column) || !CircuitColumns.CircuitShape(circuit).IsCompatibleWith(column))
        {
            string? found = column.IsValid ? column.GetTypeString() : null;
            throw CircuitColumns.Mismatch("circuit", circuit, "a Vector<Single> that carries a token circuit", found);
        }
        bool copying = _options.LabelColumnName == ScoreTopKOptions.TokenLabel;
        bool labelled = inputSchema.TryFindColumn(_options.LabelColumnName, out _) && !(copying && column.HasOtherOutputs());
        if (labelled)
            inputSchema.RequireTokenKey("label", _options.LabelColumnName);
        return inputSchema.With([.. ScoreColumns.Shapes(labelled, _options.Probabilities)]);
    }
}
