namespace OVPipeline.Core;

/// <summary>Weights that are already in memory: synthetic models, models built by a program.</summary>
public sealed class InMemoryWeights : IWeightSource
{
    private readonly Dictionary<(WeightKind, HeadIndex), Matrix> _weights = [];

    /// <summary>Adds or replaces a weight of the whole model.</summary>
    public void Set(WeightKind kind, Matrix weight) => Set(kind, default, weight);

    /// <summary>Adds or replaces a head's weight.</summary>
    public void Set(WeightKind kind, HeadIndex head, Matrix weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        _weights[(kind, head)] = weight;
    }

    /// <inheritdoc/>
    public bool Has(WeightKind kind) => _weights.Keys.Any(key => key.Item1 == kind);

    /// <inheritdoc/>
    /// <exception cref="KeyNotFoundException">The weight was not set.</exception>
    public Matrix Read(WeightKind kind, HeadIndex head = default) =>
        _weights.TryGetValue((kind, head), out var weight) ? weight : throw new KeyNotFoundException($"{kind} of head {head} is not set.");
}
