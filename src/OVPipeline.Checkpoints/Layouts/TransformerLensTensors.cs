using System.Text.RegularExpressions;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Which of the tensors in TransformerLens' modules are known here. Others (a norm after the embedding, norms of queries and keys ...) are
/// of a model that computes something else, whatever its configuration says or leaves out.
/// </summary>
internal static partial class TransformerLensTensors
{
    private const int MostNamed = 3;

    /// <summary>A configuration with the names of tensors that are no weights and no buffers of such a model.</summary>
    public static TransformerConfig WithWhatIsNotRead(TransformerConfig config, CheckpointTensors tensors)
    {
        string[] names =
        [
            .. tensors.Tensors.Select(tensor => tensor.Name)
                .Where(name => Modules().IsMatch(name) && !IsKnown(name, config))
                .Order(StringComparer.Ordinal),
        ];
        if (names.Length == 0)
            return config;
        string more = names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "";
        string text = $"{(names.Length == 1 ? "the tensor" : "the tensors")} {string.Join(", ", names.Take(MostNamed))}{more}";
        bool inLogits = names.Any(name => name.StartsWith("embed.", StringComparison.Ordinal)
            || name.Contains(".ln1_post.", StringComparison.Ordinal));
        return config with { NotRun = text, NotInLogits = inLogits ? text : null };
    }

    [GeneratedRegex(@"^(embed|pos_embed|unembed|ln_final|blocks)\.", RegexOptions.CultureInvariant)]
    private static partial Regex Modules();

    private static bool IsKnown(string name, TransformerConfig config) =>
        Weights().IsMatch(name) || (config.PositionalEmbedding == "rotary" && RotaryBuffers().IsMatch(name));

    // mask and IGNORE are buffers of the causal mask; ln2 and mlp are of MLPs, with which no model is run here;
    // _extra_state is what a module keeps of its own beside its weights.
    [GeneratedRegex(@"^(embed\.W_E|pos_embed\.W_pos|unembed\.[Wb]_U|ln_final\.[wb]|blocks\.\d+\.(ln[12]\.[wb]|mlp\..+"
        + @"|attn\.(_?[Wb]_[QKVO]|mask|IGNORE)|(.+\.)?_extra_state))$", RegexOptions.CultureInvariant)]
    private static partial Regex Weights();

    [GeneratedRegex(@"^blocks\.\d+\.attn\.rotary_(sin|cos)$", RegexOptions.CultureInvariant)]
    private static partial Regex RotaryBuffers();
}
