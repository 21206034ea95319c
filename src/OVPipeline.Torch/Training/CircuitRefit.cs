using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Makes models in which some heads' OV circuits are to be learnt anew at ranks of their own, all else as it was: one pattern with twice
/// the rank, two patterns with half of it each (experiment 7 of the claim). Train them with <see cref="TrainingOptions.OnlyCircuits"/>.
/// </summary>
public static class CircuitRefit
{
    /// <summary>
    /// A copy of a model without the OV circuits of some heads. Those that are to be trained have random first <c>rank</c> columns of W_V
    /// and a W_O of zeros, so that the copy computes what the model does without all of the named heads, and can learn.
    /// </summary>
    /// <param name="model">The model; it is left as it is.</param>
    /// <param name="removed">Heads whose OV circuits are taken out.</param>
    /// <param name="circuits">Circuits to train, of these heads or of others; a rank may be above d_value, up to d_model.</param>
    /// <param name="seed">Seed of the random values.</param>
    /// <exception cref="ArgumentException">A head does not exist or is named twice, or a rank is not in [1, d_model].</exception>
    public static Transformer Prepare(
        Transformer model,
        IReadOnlyList<HeadIndex> removed,
        IReadOnlyList<TrainedCircuit> circuits,
        long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(removed);
        ArgumentNullException.ThrowIfNull(circuits);
        var config = model.Config;
        if (!model.Shape.IsTrained)
            throw new ArgumentException($"{config.Name} is no model that is trained here: {ModelShape.Trained}.", nameof(model));
        if (circuits.Select(circuit => circuit.Head).Distinct().Count() != circuits.Count)
            throw new ArgumentException($"Name each circuit once; were {string.Join(", ", circuits)}.", nameof(circuits));
        HeadIndex[] emptied = [.. removed.Concat(circuits.Select(circuit => circuit.Head)).Distinct()];
        foreach (var head in emptied)
            config.RequireHead(head);
        foreach (var circuit in circuits)
            if (circuit.Rank is { } rank && (rank < 1 || rank > config.DModel))
                throw new ArgumentException(
                    $"The rank of a circuit must be in [1, {config.DModel}], was {rank} for head {circuit.Head}.",
                    nameof(circuits));

        int width = circuits.Select(circuit => circuit.Rank ?? config.DValue).Append(config.DValue).Max();
        var copy = new Transformer(model.Shape with { Config = config with { DValue = width } });
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var random = new Generator((ulong)seed);
        foreach (var (name, parameter) in copy.named_parameters())
        {
            // W_V [H, d_model, d_value], b_V [H, d_value] and W_O [H, d_value, d_model] may be wider than the model's.
            var source = model.Weight(name).detach();
            var same = (Tensor)parameter.zero_();
            for (int dimension = 0; dimension < source.ndim; dimension++)
                same = same.narrow(dimension, 0, source.shape[dimension]);
            same.copy_(source);
        }
        foreach (var head in emptied)
            foreach (var kind in new[] { WeightKind.W_V, WeightKind.W_O, WeightKind.b_V }.Where(model.Shape.Has))
                copy.Weight(WeightNames.Of(kind, head.Layer))[head.Head].zero_();
        foreach (var (head, rank) in circuits)
        {
            // The first columns of a head's W_V, [d_model, rank]: values of a stream of unit variance have unit variance.
            var values = copy.Weight(WeightNames.Of(WeightKind.W_V, head.Layer))[head.Head].narrow(1, 0, rank ?? config.DValue);
            values.copy_(randn(values.shape, generator: random).Over(Math.Sqrt(config.DModel)));
        }
        return copy;
    }
}
