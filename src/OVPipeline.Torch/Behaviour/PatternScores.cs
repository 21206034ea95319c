using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What attention patterns [B, H, T, T] say of heads; rows are queries.</summary>
internal static class PatternScores
{
    /// <summary>
    /// Induction on a beginning-of-text token and two equal halves: the mean weight, over the second half, of the token after the current
    /// one's first occurrence. [B, H]
    /// </summary>
    public static Tensor Induction(Tensor patterns, int half) => patterns.diagonal(1 - half, 2, 3).narrow(2, 2, half).mean([2]);

    /// <summary>The mean weight of the token before, from the third position on: before it there is no choice. [B, H]</summary>
    public static Tensor PreviousToken(Tensor patterns) => patterns.diagonal(-1, 2, 3).narrow(2, 1, patterns.shape[3] - 2).mean([2]);

    /// <summary>
    /// Duplicate tokens on the same sequences: the mean weight, over the second half, of the current token's first occurrence. [B, H]
    /// </summary>
    public static Tensor DuplicateToken(Tensor patterns, int half) => patterns.diagonal(-half, 2, 3).narrow(2, 1, half).mean([2]);
}
