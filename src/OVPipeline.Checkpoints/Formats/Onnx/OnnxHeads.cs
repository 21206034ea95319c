namespace OVPipeline.Checkpoints;

/// <summary>How many heads a graph shows: no tensor says it, but what queries are reshaped to does.</summary>
internal static class OnnxHeads
{
    private static readonly string[] s_queries = [".query", ".q_proj", ".q_lin"];

    /// <summary>The number of heads, the same for every layer; null where the graph does not show it.</summary>
    public static long? Of(OnnxModel model, OnnxValues values, OnnxNames names)
    {
        var concats = model.Nodes.Where(node => node.Op == "Concat")
            .GroupBy(node => node.Outputs[0], StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First());
        HashSet<long> found = [];
        foreach (var node in model.Nodes)
        {
            if (node.Heads is > 0 and var said)
                found.Add(said);
            else if (node.Op == "Reshape"
                && values.Product(node.Input(0)) is { } product
                && names.Module(product) is { } module
                && Array.Exists(s_queries, query => module.EndsWith(query, StringComparison.Ordinal))
                && Heads(End(node.Input(1)), product.Outputs) is { } heads)
                found.Add(heads);
        }
        return found.Count == 1 ? found.Single() : null;

        // The last two sizes of a shape, as far as they are in the file: 0 where they are not.
        (long Before, long Last) End(string shape)
        {
            long[] sizes = concats.TryGetValue(shape, out var parts)
                ? [.. parts.Inputs.TakeLast(2).SelectMany(part => values.Operand(part)?.Tensor.Numbers ?? [0])]
                : values.Operand(shape)?.Tensor.Numbers ?? [];
            return sizes.Length < 2 ? (0, 0) : (sizes[^2], sizes[^1]);
        }
    }

    // [..., heads, d_head], either of them -1 for what is left.
    private static long? Heads((long Before, long Last) end, long width) => end switch
    {
        ( > 1 and var heads, > 0 and var size) when heads <= width / size && heads * size == width => heads,
        (-1, > 0 and var size) when width % size == 0 => width / size,
        ( > 1 and var heads, -1) when width % heads == 0 => heads,
        _ => null,
    };
}
