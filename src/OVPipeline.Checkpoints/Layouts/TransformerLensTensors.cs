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

    /// <summary>
    /// A configuration with the names of tensors that are no weights and no buffers of such a model, and of those that circuits are
    /// without.
    /// </summary>
    public static TransformerConfig WithWhatIsNotRead(TransformerConfig config, CheckpointTensors tensors)
    {
        string[] others =
        [
            .. tensors.Tensors.Select(tensor => tensor.Name)
                .Where(name => Modules().IsMatch(name) && !IsOfCircuits(name, config))
                .Order(StringComparer.Ordinal),
        ];
        if (others.Length == 0)
            return config;
        bool inLogits = others.Any(name => name.StartsWith("embed.", StringComparison.Ordinal)
            || name.Contains(".ln1_post.", StringComparison.Ordinal));
        string[] notRun = [.. others.Where(name => !IsRun(name, config))];
        return config with
        {
            NotRun = notRun.Length == 0 ? null : Listed(notRun),
            NotInLogits = inLogits ? Listed(others) : null,
        };
    }

    private static string Listed(string[] names)
    {
        string more = names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "";
        return $"{(names.Length == 1 ? "the tensor" : "the tensors")} {string.Join(", ", names.Take(MostNamed))}{more}";
    }

    [GeneratedRegex(@"^(embed|pos_embed|unembed|ln_final|blocks)\.", RegexOptions.CultureInvariant)]
    private static partial Regex Modules();

    private static bool IsOfCircuits(string name, TransformerConfig config) =>
        Weights().IsMatch(name) || (config.PositionalEmbedding == "rotary" && RotaryBuffers().IsMatch(name));

    // The norm after the embedding is of W_E alone in such a model, and runs where nothing else is added to it.
    private static bool IsRun(string name, TransformerConfig config) =>
        RunNorms().IsMatch(name) || (EmbeddingNorm().IsMatch(name) && config.PositionalEmbedding is not ("standard" or "unknown"));

    [GeneratedRegex(@"^blocks\.\d+\.(ln[12]_post\.[wb]|attn\.[qk]_norm\.w)$", RegexOptions.CultureInvariant)]
    private static partial Regex RunNorms();

    [GeneratedRegex(@"^embed\.ln\.[wb]$", RegexOptions.CultureInvariant)]
    private static partial Regex EmbeddingNorm();

    // mask and IGNORE are buffers of the causal mask; ln2 and mlp are of MLPs, which circuits are without; _extra_state is what
    // a module keeps of its own beside its weights.
    [GeneratedRegex(@"^(embed\.W_E|pos_embed\.W_pos|unembed\.[Wb]_U|ln_final\.[wb]|blocks\.\d+\.(ln[12]\.[wb]|mlp\..+"
        + @"|attn\.(_?[Wb]_[QKVO]|mask|IGNORE)|(.+\.)?_extra_state))$", RegexOptions.CultureInvariant)]
    private static partial Regex Weights();

    [GeneratedRegex(@"^blocks\.\d+\.attn\.rotary_(sin|cos)$", RegexOptions.CultureInvariant)]
    private static partial Regex RotaryBuffers();
}
