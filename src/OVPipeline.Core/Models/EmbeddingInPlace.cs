namespace OVPipeline.Core;

/// <summary>A source's weights with another matrix in the place of W_E.</summary>
internal sealed class EmbeddingInPlace(IWeightSource source, Matrix embedding) : IWeightSource
{
    /// <inheritdoc/>
    public string? File => source.File;

    /// <inheritdoc/>
    public bool Has(WeightKind kind) => kind == WeightKind.W_E || source.Has(kind);

    /// <inheritdoc/>
    public bool ReadsGains(WeightKind reader) => source.ReadsGains(reader);

    /// <inheritdoc/>
    public Matrix Read(WeightKind kind, HeadIndex head = default) => kind == WeightKind.W_E ? embedding : source.Read(kind, head);

    /// <inheritdoc/>
    public Matrix ReadTokens(WeightKind kind, int first, int count, float[]? buffer = null) => kind == WeightKind.W_E
        ? embedding.SelectRows([.. Enumerable.Range(first, count)])
        : source.ReadTokens(kind, first, count, buffer);
}
