using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// The type of the annotation on a circuit column that holds the immutable <see cref="TokenCircuit"/> itself, by reference, with the
/// strings of its tokens. A saved schema drops it, with a warning; it comes back when the transformer that made the column is applied
/// again.
/// </summary>
public sealed class TokenCircuitDataViewType : StructuredDataViewType
{
    internal const string Annotation = "TokenCircuit";

    private TokenCircuitDataViewType() : base(typeof(AnnotatedCircuit)) { }

    /// <summary>The only instance.</summary>
    public static TokenCircuitDataViewType Instance { get; } = new();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => nameof(TokenCircuitDataViewType).GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Annotation;
}

/// <summary>What a circuit column carries in its annotation.</summary>
/// <param name="Circuit">The circuit.</param>
/// <param name="Vocabulary">The strings of its rows' tokens.</param>
/// <param name="Outputs">The strings of its columns: the same object where they are the same tokens.</param>
internal sealed record AnnotatedCircuit(TokenCircuit Circuit, Vocabulary Vocabulary, Vocabulary Outputs)
{
    /// <exception cref="ArgumentException">A vocabulary has another size than the circuit's.</exception>
    public static AnnotatedCircuit Of(TokenCircuit circuit, Vocabulary vocabulary, Vocabulary outputs)
    {
        if (circuit.Vocabulary != vocabulary.Count)
        {
            throw new ArgumentException(
                $"The circuit is over {circuit.Vocabulary} tokens, the vocabulary holds {vocabulary.Count}.", nameof(vocabulary));
        }
        if (circuit.OutputVocabulary != outputs.Count)
        {
            throw new ArgumentException(
                $"The circuit has {circuit.OutputVocabulary} outputs, the vocabulary of outputs holds {outputs.Count}.", nameof(outputs));
        }
        return new(circuit, vocabulary, outputs);
    }
}
