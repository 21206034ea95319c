using Microsoft.ML;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Adds the column of a circuit that needs no training: an extracted OV circuit, the direct path, a truncation. Fitting checks the data,
/// and the first fit extracts what is to be extracted; later ones, such as those of other folds, have it.
/// </summary>
public sealed class TokenCircuitEstimator : IEstimator<TokenCircuitTransformer>
{
    private readonly IHost _host;
    private readonly Lazy<AnnotatedCircuit> _circuit;
    private readonly string _outputColumnName, _inputColumnName;
    private readonly int _tokens;
    private readonly bool _otherOutputs;

    /// <summary>The estimator of a circuit that is there.</summary>
    internal TokenCircuitEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, TokenCircuit circuit, Vocabulary vocabulary,
        Vocabulary outputVocabulary)
        : this(env, outputColumnName, inputColumnName, circuit is null ? null! : () => circuit, vocabulary, outputVocabulary)
    {
        _ = _circuit.Value; // says at once what does not fit
    }

    /// <summary>The estimator of a circuit that is extracted when it is fitted.</summary>
    internal TokenCircuitEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, Func<TokenCircuit> circuit, Vocabulary vocabulary,
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
        _tokens = vocabulary.Count;
        _otherOutputs = outputVocabulary.Count != vocabulary.Count;
        _circuit = new(() => AnnotatedCircuit.Of(circuit(), vocabulary, outputVocabulary));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    public TokenCircuitTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.Schema.RequireTokenKey("token", _inputColumnName, _tokens);
        _host.CheckAlive();
        var circuit = _circuit.Value;
        _host.CheckAlive();
        return new(_host, _outputColumnName, _inputColumnName, circuit);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing or is no key.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.RequireTokenKey("token", _inputColumnName);
        return inputSchema.With(CircuitColumns.CircuitShape(_outputColumnName, _otherOutputs));
    }
}
