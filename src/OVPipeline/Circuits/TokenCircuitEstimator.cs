using Microsoft.ML;
using Microsoft.ML.Runtime;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// Adds the column of a circuit that needs no training: an extracted OV circuit, the direct path, a truncation. Fitting checks the data,
/// and the first fit extracts what is to be extracted; later ones, such as those of other folds, have it.
/// </summary>
/// <example>
/// <code>
/// TokenCircuitEstimator estimator = ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", model, new HeadIndex(1, 1));
/// TokenCircuitTransformer fitted = estimator.Fit(tokens);
/// Console.WriteLine(fitted.Circuit);
/// </code>
/// </example>
public sealed class TokenCircuitEstimator : IEstimator<TokenCircuitTransformer>
{
    private readonly IHost _host;
    private readonly Func<CancellationToken, AnnotatedCircuit> _extract;
    private readonly Lock _gate = new();
    private readonly CancellationToken _cancellationToken;
    private readonly string _outputColumnName, _inputColumnName;
    private readonly int _tokens;
    private readonly bool _otherOutputs;
    private AnnotatedCircuit? _circuit;

    /// <summary>The estimator of a circuit that is there.</summary>
    internal TokenCircuitEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, TokenCircuit circuit, Vocabulary vocabulary,
        Vocabulary outputVocabulary)
        : this(env, outputColumnName, inputColumnName, circuit is null ? null! : _ => circuit, vocabulary, outputVocabulary,
            CancellationToken.None)
    {
        _circuit = _extract(CancellationToken.None); // says at once what does not fit
    }

    /// <summary>The estimator of a circuit that is extracted when it is fitted.</summary>
    internal TokenCircuitEstimator(
        IHostEnvironment env, string outputColumnName, string inputColumnName, Func<CancellationToken, TokenCircuit> circuit,
        Vocabulary vocabulary, Vocabulary outputVocabulary, CancellationToken cancellationToken = default)
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
        _extract = token => AnnotatedCircuit.Of(circuit(token), vocabulary, outputVocabulary);
        _cancellationToken = cancellationToken;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The token column is missing, is no key, or has another number of tokens.</exception>
    /// <exception cref="OperationCanceledException">The catalog method's token or the MLContext was cancelled.</exception>
    public TokenCircuitTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        input.Schema.RequireTokenKey("token", _inputColumnName, _tokens);
        return new(_host, _outputColumnName, _inputColumnName, HostCancellation.Run(_host, Circuit, _cancellationToken));
    }

    // One extraction at a time, and one in all: what was cancelled is tried again.
    private AnnotatedCircuit Circuit(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _circuit ??= _extract(cancellationToken);
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
