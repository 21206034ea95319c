using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>
/// The type of the one annotation on a circuit column: the immutable <see cref="TokenCircuit"/> itself, by reference, with the strings of
/// its tokens. A saved schema drops it, with a warning; it comes back when the transformer that made the column is applied again.
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
internal sealed record AnnotatedCircuit(TokenCircuit Circuit, Vocabulary Vocabulary);
