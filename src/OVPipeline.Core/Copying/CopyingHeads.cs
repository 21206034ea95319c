namespace OVPipeline.Core;

/// <summary>
/// The answer to "which heads of this model copy, and which two of a layer together": every head alone and pairs of heads within a layer,
/// whatever the layer, by how many tokens their OV circuits rank first. A census of the vocabulary, in exact ranks. Ranks behind 10 are not
/// told apart: their reciprocals are taken for 0, and rows are left there.
/// </summary>
/// <param name="Heads">Every head alone, best first: by tokens copied, then by mean reciprocal rank, then by layer and place.</param>
/// <param name="Pairs">Pairs of heads that were looked at, best first in the same order.</param>
/// <param name="PairsLeftOut">Pairs that were not looked at (<see cref="CopyingHeadsOptions.MostPairs"/>).</param>
public sealed record CopyingHeads(IReadOnlyList<CopyingCount> Heads, IReadOnlyList<CopyingCount> Pairs, int PairsLeftOut)
{
    /// <summary>The head that copies most alone.</summary>
    public CopyingCount BestHead => Heads[0];

    /// <summary>The two heads of a layer that copy most together; null where no layer has two heads.</summary>
    public CopyingCount? BestPair => Pairs.Count > 0 ? Pairs[0] : null;

    /// <summary>Whether every pair within a layer was looked at, so that <see cref="BestPair"/> is the best of all.</summary>
    public bool IsExhaustive => PairsLeftOut == 0;

    /// <summary>Pairs that the layers hold.</summary>
    public int PairCount => Pairs.Count + PairsLeftOut;

    /// <summary>
    /// Whether the best head copies: more than chance gives the best of so many heads, and materially (<see cref="ChanceCopying"/>).
    /// </summary>
    public bool HeadCopies => ChanceCopying.IsMaterial(BestHead.Copied, BestHead.Tokens, Heads.Count);

    /// <summary>Whether the best pair copies, chosen as it is of so many pairs.</summary>
    public bool PairCopies =>
        BestPair is { } pair && ChanceCopying.IsMaterial(pair.Copied, pair.Tokens, Math.Max(1, PairCount - PairsLeftOut));

    /// <summary>Finds them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How to look; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">No pair may be scored.</exception>
    /// <exception cref="InvalidOperationException">Copying is not defined in the model (<see
    /// cref="TransformerConfig.NoCopying"/>).</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static CopyingHeads Find(TransformerWeights model, CopyingHeadsOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        model.Config.RequireCopying();
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MostPairs, 1);
        return new CopyingSearch(model, options).Run();
    }
}
