using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Sequences of a separator and random tokens, twice the same: all that predicts their second half is the first one.</summary>
internal sealed class RepeatedTokens
{
    private readonly long[] _tokens;

    /// <param name="separator">The first token of each sequence, as TransformerLens prepends it.</param>
    /// <param name="candidates">The ids that tokens are drawn from, evenly and with replacement.</param>
    /// <param name="sequences">How many.</param>
    /// <param name="half">Tokens that are repeated.</param>
    /// <param name="seed">The same seed gives the same tokens.</param>
    public RepeatedTokens(int separator, IReadOnlyList<int> candidates, int sequences, int half, int seed)
    {
        Sequences = sequences;
        Half = half;
        var random = new SplitMix64((ulong)seed);
        _tokens = new long[sequences * Length];
        for (int b = 0; b < sequences; b++)
        {
            var row = _tokens.AsSpan(b * Length, Length);
            row[0] = separator;
            for (int i = 1; i <= half; i++)
                row[i] = row[half + i] = candidates[(int)random.Below(candidates.Count)];
        }
    }

    public int Sequences { get; }

    public int Half { get; }

    public int Length => 1 + 2 * Half;

    public Tensor Batch(int first, int count) => tensor(_tokens.AsSpan(first * Length, count * Length).ToArray(), [count, Length]);
}
