using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Weights of layers that are not held: read from their source when a forward pass comes to them, one layer at a time.</summary>
/// <param name="weights">Their source.</param>
/// <param name="shape">The model.</param>
/// <param name="firstLayer">The first layer of them.</param>
/// <param name="type">The type they are held in.</param>
internal sealed class LayerReader(TransformerWeights weights, ModelShape shape, int firstLayer, ScalarType type) : IDisposable
{
    private readonly Dictionary<string, (WeightKind Kind, int Layer)> _names = WeightNames.All(shape)
        .Where(weight => WeightNames.IsOfLayer(weight.Kind) && weight.Layer >= firstLayer)
        .ToDictionary(weight => weight.Name, weight => (weight.Kind, weight.Layer));
    private readonly Dictionary<string, Tensor> _tensors = [];
    private int _layer = -1;

    /// <summary>The source.</summary>
    public TransformerWeights Source => weights;

    /// <summary>Whether a weight is read, not held.</summary>
    public bool Reads(string name) => _names.ContainsKey(name);

    /// <summary>A weight, until one of another layer is asked for; null where it is not of these layers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="device">Where it is to be.</param>
    public Tensor? Find(string name, Device device)
    {
        if (!_names.TryGetValue(name, out var weight))
            return null;
        if (weight.Layer != _layer)
            Read(weight.Layer, device);
        return _tensors[name];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
        _layer = -1;
    }

    private void Read(int layer, Device device)
    {
        Dispose();
        using var gradients = no_grad();
        foreach (var (name, (kind, _)) in _names.Where(pair => pair.Value.Layer == layer))
        {
            using var scope = NewDisposeScope();
            var tensor = ModuleWeights.Room(shape, kind, type);
            if (weights.Has(kind))
                ModuleWeights.Copy(weights, shape, kind, layer, tensor);
            _tensors[name] = tensor.to(device).DetachFromDisposeScope();
        }
        _layer = layer;
    }
}
