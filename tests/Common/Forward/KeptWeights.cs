using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>A model's weights, each read once: loops ask for every number of them.</summary>
internal sealed class KeptWeights(TransformerWeights weights) : IWeightSource
{
    private readonly Dictionary<(WeightKind, HeadIndex), Matrix> _read = [];
    private readonly Dictionary<WeightKind, bool> _has = [];

    public bool Has(WeightKind kind) => _has.TryGetValue(kind, out bool has) ? has : _has[kind] = weights.Has(kind);

    public bool ReadsGains(WeightKind reader) => weights.ReadsGains(reader);

    public Matrix Read(WeightKind kind, HeadIndex head = default) =>
        _read.TryGetValue((kind, head), out var matrix) ? matrix : _read[(kind, head)] = weights.Read(kind, head);
}
