namespace OVPipeline.Torch;

/// <summary>Chooses tokens by their logits.</summary>
internal sealed class TokenChoice(GenerationOptions options)
{
    private readonly SplitMix64 _random = new((ulong)options.Seed);

    /// <summary>The token of the largest logit, the first of equals; or one drawn by temperature.</summary>
    /// <exception cref="NotFiniteNumberException">A logit is no number.</exception>
    public int Of(float[] logits)
    {
        if (logits.Any(float.IsNaN))
            throw new NotFiniteNumberException("Logits are not numbers (NaN): ForwardPass of the same tokens names the layer.");
        if (options.Temperature == 0)
            return logits.AsSpan().IndexOf(logits.Max());
        int[] tokens = [.. Enumerable.Range(0, logits.Length)];
        if (options.TopK is { } most)
            tokens = [.. tokens.OrderByDescending(token => logits[token]).Take(most).Order()];
        double largest = tokens.Max(token => (double)logits[token]);
        double[] shares = [.. tokens.Select(token => Math.Exp((logits[token] - largest) / options.Temperature))];
        double left = (_random.Next() >> 11) * (1.0 / (1L << 53)) * shares.Sum();
        for (int i = 0; i < shares.Length; i++)
            if ((left -= shares[i]) < 0)
                return tokens[i];
        return tokens[Array.FindLastIndex(shares, share => share > 0)];
    }
}
