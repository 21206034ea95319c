using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>What one head attends to.</summary>
/// <param name="Head">The head.</param>
/// <param name="InductionBySequence">
/// For each sequence of repeated random tokens the mean weight, over the second half, of the token after the current one's first
/// occurrence.
/// </param>
/// <param name="PreviousTokenBySequence">For each sequence the mean weight of the token before, from the third position on.</param>
/// <param name="PreviousTokenByWindow">The same for windows of text; none where there is no text.</param>
public sealed record HeadBehaviour(
    HeadIndex Head,
    IReadOnlyList<double> InductionBySequence,
    IReadOnlyList<double> PreviousTokenBySequence,
    IReadOnlyList<double> PreviousTokenByWindow)
{
    /// <summary>
    /// For each sequence of repeated random tokens the mean weight, over the second half, of the current token's first occurrence.
    /// </summary>
    public required IReadOnlyList<double> DuplicateTokenBySequence { get; init; }

    /// <summary>
    /// Duplicate-token score, in [0, 1]: the attention that makes the duplicate-token heads of Wang et al. (2022), as the pattern of
    /// TransformerLens' head detector has it.
    /// </summary>
    public double DuplicateTokenScore => DuplicateTokenBySequence.Average();

    /// <summary>Induction score, in [0, 1] (Olsson et al. 2022; TransformerLens' head detector).</summary>
    public double InductionScore => InductionBySequence.Average();

    /// <summary>Previous-token score on random tokens, in [0, 1].</summary>
    public double PreviousTokenScore => PreviousTokenBySequence.Average();

    /// <summary>Previous-token score on text, in [0, 1]; NaN where there is none.</summary>
    public double PreviousTokenScoreOnText => PreviousTokenByWindow.DefaultIfEmpty(double.NaN).Average();
}
