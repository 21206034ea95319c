namespace OVPipeline.Core;

/// <summary>
/// The factors <c>1 / sigma</c> that a model's norms put on what they read, held fixed. With them a head's direct logits are linear in the
/// embedding and at the model's scale: a head of layer l that attends to token i alone adds <c>Attention[l][i] Output[i] W_E[i] W_V W_O
/// W_U</c>, with gains and centring in W_V and W_U (<see cref="TransformerWeights.FoldNorms"/>). Nothing but the scale of a row depends on
/// them: ranks and accuracies of heads of one layer do not.
/// </summary>
public sealed class NormScales
{
    /// <summary>Scales from parts.</summary>
    /// <param name="source">Whose they are, after "norm scales are": <c>those of the lone embedding</c>.</param>
    /// <param name="attention">What <see cref="Attention"/> holds, [layers][V].</param>
    /// <param name="output">What <see cref="Output"/> holds, [V].</param>
    /// <param name="final">What <see cref="Final"/> holds, [V].</param>
    /// <exception cref="ArgumentException">There is no layer, lengths differ, or a scale is not a finite number above 0.</exception>
    public NormScales(string source, IReadOnlyList<float[]> attention, float[] output, float[] final)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(attention);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(final);
        if (attention.Count == 0)
            throw new ArgumentException("Scales of at least one layer are needed.", nameof(attention));
        for (int layer = 0; layer < attention.Count; layer++)
            Require(attention[layer], $"layer {layer}", output.Length);
        Require(output, nameof(output), output.Length);
        Require(final, nameof(final), output.Length);
        Source = source;
        Attention = [.. attention];
        Output = output;
        Final = final;
    }

    /// <summary>Whose they are, after "norm scales are".</summary>
    public string Source { get; }

    /// <summary>
    /// By layer and by source token, [layers][V]: 1 / sigma of the norm before the layer's attention where the token stands.
    /// </summary>
    public IReadOnlyList<float[]> Attention { get; }

    /// <summary>
    /// By source token, [V]: 1 / sigma of the norm before the unembedding at the position that attends to the token, where what a head
    /// moved from it becomes logits.
    /// </summary>
    public IReadOnlyList<float> Output { get; }

    /// <summary>
    /// By token, [V]: 1 / sigma of the norm before the unembedding at the token's own position, where its direct path becomes logits.
    /// </summary>
    public IReadOnlyList<float> Final { get; }

    /// <summary>Tokens in the vocabulary, V.</summary>
    public int Vocabulary => Output.Count;

    /// <summary>
    /// The scales of a model that is given one token and in which nothing but its embedding is in the residual stream: before every layer
    /// and before the unembedding alike, <c>1 / sqrt(variance(W_E[i]) + eps)</c> over d_model (LN), or of the mean square (RMS). The final
    /// norm's scale is that of this same embedding: the token attends to itself. Where positions are added to the embedding ("standard"),
    /// 1 / sigma is the mean of that of <c>W_E[i] + W_pos[t]</c> over all positions t. Weights alone decide them.
    /// </summary>
    /// <exception cref="InvalidOperationException">The model's normalization is neither LN nor RMS.</exception>
    public static NormScales OfLoneEmbedding(TransformerWeights weights, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var config = weights.Config;
        config.RequireNorms();
        float[] scales = LoneEmbeddings.Scales(weights.Embeds, cancellationToken);
        return new($"those of the lone embedding{Positions()}", [.. Enumerable.Repeat(scales, config.Layers)], scales, scales);

        string Positions()
        {
            if (!weights.Model.Has(WeightKind.W_pos) || config.Context == 0)
                return "";
            return config.PositionalEmbedding == "standard" ? $", averaged over {config.Context} positions" : ", without positions";
        }
    }

    /// <summary>The factor of a row of a head's circuit.</summary>
    internal float OfHead(int layer, int token) => Attention[layer][token] * Output[token];

    private static void Require(float[] scales, string name, int vocabulary)
    {
        if (scales.Length != vocabulary)
            throw new ArgumentException($"Scales are of one vocabulary: {name} has {scales.Length}, output {vocabulary}.", name);
        if (Array.FindIndex(scales, scale => !(scale > 0 && float.IsFinite(scale))) is >= 0 and int token)
            throw new ArgumentException($"A scale is a number above 0; {name} has {scales[token]} for token {token}.", name);
    }
}
