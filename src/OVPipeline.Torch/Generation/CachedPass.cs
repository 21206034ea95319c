using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>A forward pass of one sequence that goes on: keys and values of earlier positions are kept.</summary>
internal sealed class CachedPass : IDisposable
{
    private readonly Transformer _model;
    private readonly (Tensor Keys, Tensor Values)[] _kept; // by layer, [1, heads of keys and values, positions, d]
    private readonly List<long> _tokens = [];
    private readonly Device _device;

    /// <exception cref="InsufficientMemoryException">There is too little memory; says how much is needed.</exception>
    public CachedPass(Transformer model, int positions)
    {
        var config = model.Config;
        _model = model;
        _device = model.Stored("embed.W_E").device;
        long heads = model.Shape.KeyValueHeads;
        long needed = 4 * heads * positions * (config.DHead + config.DValue) * config.Layers;
        if (_device.type == DeviceType.CPU && needed > AvailableMemory.Bytes)
            throw new InsufficientMemoryException($"Keys and values of {positions} positions need {WeightPlan.Text(needed)}, there are "
                + $"{WeightPlan.Text(AvailableMemory.Bytes)}.");
        using var scope = NewDisposeScope();
        _kept = [.. Enumerable.Range(0, config.Layers).Select(_ => (Room(config.DHead), Room(config.DValue)))];

        Tensor Room(long width) => zeros([1, heads, positions, width], device: _device).DetachFromDisposeScope();
    }

    /// <summary>Logits after the last of more tokens, [V].</summary>
    public float[] Logits(long[] tokens)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        if (ChangesFrequencies(tokens.Length))
        {
            tokens = [.. _tokens, .. tokens];
            _tokens.Clear();
        }
        var (residual, positions) = _model.Start(_model.Embed(tensor(tokens, [1, tokens.Length], device: _device)), _tokens.Count);
        for (int layer = 0; layer < _kept.Length; layer++)
            residual = Layer(layer, residual, positions);
        _tokens.AddRange(tokens);
        return ModuleWeights.Values(_model.Unembed(_model.Finish(residual.narrow(1, tokens.Length - 1, 1))));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in _kept)
        {
            keys.Dispose();
            values.Dispose();
        }
    }

    private Tensor Layer(int layer, Tensor residual, Tensor? positions)
    {
        using var scope = NewDisposeScope();
        var block = _model.Blocks[layer];
        var attention = block.Attention;
        var input = attention.Input(residual);
        var (queries, newKeys, newValues) = attention.Project(input, positions, _tokens.Count);
        var keys = Kept(_kept[layer].Keys, newKeys);
        var values = Kept(_kept[layer].Values, newValues);
        var weighted = attention.Attend(queries, attention.Expand(keys), attention.Expand(values));
        return block.Next(residual, input, attention.Output(weighted)).MoveToOuterDisposeScope();
    }

    // Those of all positions so far.
    private Tensor Kept(Tensor kept, Tensor more)
    {
        kept.narrow(2, _tokens.Count, more.shape[2]).copy_(more);
        return kept.narrow(2, 0, _tokens.Count + more.shape[2]);
    }

    // LongRoPE has other frequencies beyond the original context, for earlier positions too: they are computed anew.
    private bool ChangesFrequencies(int more) => _tokens.Count > 0
        && _model.Shape.Forward.Rotary?.Scaling is { Kind: RotaryScalingKind.LongRope, OriginalContext: var context }
        && _tokens.Count <= context && _tokens.Count + more > context;
}
