using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Which parameters a run moves, and at which rates.</summary>
internal static class ParameterSelection
{
    /// <exception cref="ArgumentException">A frozen name or a circuit does not exist, or nothing is left to train.</exception>
    public static IReadOnlyList<TrainedParameter> Of(Transformer model, TrainingOptions options)
    {
        var named = model.named_parameters().Select(pair => (pair.name, Value: pair.parameter)).ToList();
        foreach (string prefix in options.Frozen)
            if (!named.Exists(pair => pair.name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                string names = string.Join(", ", named.Select(pair => pair.name));
                throw new ArgumentException($"'{prefix}' is no parameter to freeze; there are {names}.");
            }
        var chosen = new List<TrainedParameter>();
        foreach (var (name, value) in named)
        {
            if (options.Frozen.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                continue;
            if (options.OnlyCircuits is null)
                chosen.Add(new(name, value, Rate(name, options)));
            else if (Ranges(model.Config, name, options.OnlyCircuits) is { Count: > 0 } ranges)
                chosen.Add(new(name, value, Rate(name, options), ranges));
        }
        return chosen.Count > 0 ? chosen : throw new ArgumentException("Nothing is left to train: every parameter is frozen.");
    }

    private static double Rate(string name, TrainingOptions options)
    {
        if (name.Contains(".attn.", StringComparison.Ordinal))
            return options.AttentionRate;
        return name.StartsWith("pos_embed.", StringComparison.Ordinal) ? options.PositionRate : 1;
    }

    // W_V is [H, d_model, d_value]: the first columns of a head are a range in each of its d_model rows.
    // W_O is [H, d_value, d_model]: the first rows of a head are one range. Both hold d_model d_value values a head.
    private static List<(int First, int Count)> Ranges(TransformerConfig config, string name, IReadOnlyList<TrainedCircuit> circuits)
    {
        var ranges = new List<(int, int)>();
        int width = config.DValue, size = config.DModel * width;
        foreach (var (head, rank) in circuits.DistinctBy(circuit => circuit.Head).OrderBy(circuit => circuit.Head.Head))
        {
            config.RequireHead(head);
            if (rank is { } asked && (asked < 1 || asked > width))
                throw new ArgumentException($"The rank of a trained circuit must be in [1, {width}], was {rank} for head {head}.");
            int first = head.Head * size, trained = rank ?? width;
            if (name == WeightNames.Of(WeightKind.W_V, head.Layer))
                ranges.AddRange(trained == width
                    ? [(first, size)]
                    : Enumerable.Range(0, config.DModel).Select(row => (first + (row * width), trained)));
            else if (name == WeightNames.Of(WeightKind.W_O, head.Layer))
                ranges.Add((first, trained * config.DModel));
        }
        return ranges;
    }
}
