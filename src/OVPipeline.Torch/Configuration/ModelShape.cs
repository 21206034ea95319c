using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What a module is made of: sizes, kind, and which weights there are.</summary>
/// <param name="Config">Sizes and kind.</param>
/// <param name="Kinds">The weights that it has, in every layer where they are a layer's.</param>
/// <param name="FoldedValueGains">
/// Whether W_V and W_U, and they alone, hold the norm's gain and bias: what folding does where positions enter after the norm.
/// </param>
internal sealed record ModelShape(TransformerConfig Config, IReadOnlySet<WeightKind> Kinds, bool FoldedValueGains)
{
    public bool Has(WeightKind kind) => Kinds.Contains(kind);

    /// <summary>Throws where outputs are not the tokens, so that next tokens cannot be predicted.</summary>
    /// <exception cref="ArgumentException">Says so.</exception>
    public static void RequireNextTokens(TransformerConfig config)
    {
        if (config.NoCopying is not null)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"{config.Name} has {config.Vocabulary:N0} tokens and {config.OutputVocabulary:N0} outputs, which are not these tokens: "
                + $"it predicts no next token."));
    }
}
