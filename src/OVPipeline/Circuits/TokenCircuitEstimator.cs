using Microsoft.ML;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Adds the column of a circuit that needs no training: an extracted OV circuit, the direct path, a truncation. Fitting only checks the
/// data.
/// </summary>
public sealed class TokenCircuitEstimator : IEstimator<TokenCircuitTransformer>
{
    private readonly IHost _host;
    private readonly AnnotatedCircuit _circuit;
    private readonly string _outputColumnName, _inputColumnName;

    internal TokenCircuitEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, TokenCircuit circuit, Vocabulary vocabulary,
        Vocabulary outputVocabulary)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        ArgumentException.ThrowIfNullOrEmpty(inputColumnName);
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(outputVocabulary);
        _host = env.Register(nameof(TokenCircuitEstimator));
        _outputColumnName = outputColumnName;
        _inputColumnName = inputColumnName;
        _circuit = AnnotatedCircuit.Of(circuit, vocabulary, outputVocabulary);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    public TokenCircuitTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.Schema.RequireTokenKey("token", _inputColumnName, _circuit.Vocabulary.Count);
        return new(_host, _outputColumnName, _inputColumnName, _circuit);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing or is no key.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.RequireTokenKey("token", _inputColumnName);
        return inputSchema.With(CircuitColumns.CircuitShape(_outputColumnName, _circuit.Circuit.NoCopying is not null));
    }
}
