using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Puts sequences into batches of so many tokens.</summary>
public static class TokenBatches
{
    /// <summary>
    /// Batches of sequences of one length each, so that nothing is padded: at most as many tokens as the budget, or one sequence. Short
    /// sequences come first. Where nearly every sequence has a length of its own, a batch is one sequence: an encoder then runs faster on
    /// sequences that are filled up (<see cref="Transformer.Residual(Tensor, Tensor)"/>).
    /// </summary>
    /// <param name="sequences">Token ids of each sequence.</param>
    /// <param name="tokenBudget">Tokens in a batch, at most.</param>
    /// <returns>Token ids, [B, T], Int64, which the caller disposes of, and which sequences they are.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The budget is below 1.</exception>
    public static IEnumerable<(Tensor Tokens, IReadOnlyList<int> Sequences)> Of(
        IReadOnlyList<IReadOnlyList<int>> sequences,
        int tokenBudget)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenBudget, 1);
        return Batches(sequences, tokenBudget);
    }

    private static IEnumerable<(Tensor Tokens, IReadOnlyList<int> Sequences)> Batches(
        IReadOnlyList<IReadOnlyList<int>> sequences,
        int tokenBudget)
    {
        var lengths = Enumerable.Range(0, sequences.Count).Where(i => sequences[i].Count > 0)
            .GroupBy(i => sequences[i].Count).OrderBy(group => group.Key);
        foreach (var group in lengths)
            foreach (int[] chosen in group.Chunk(Math.Max(1, tokenBudget / group.Key)))
            {
                long[] ids = [.. chosen.SelectMany(i => sequences[i]).Select(token => (long)token)];
                yield return (tensor(ids, [chosen.Length, group.Key]), chosen);
            }
    }
}
