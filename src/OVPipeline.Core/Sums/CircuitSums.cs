namespace OVPipeline.Core;

/// <summary>
/// Circuits over one vocabulary, and which of them are added up. Sums that share parts share the parts' logits
/// (<see cref="SumScoring.RankSums"/>): the 66 pairs of 12 heads cost the 12 heads, and one addition a logit for each pair.
/// </summary>
public sealed class CircuitSums
{
    /// <summary>Sums of circuits.</summary>
    /// <param name="parts">The circuits, all from the same tokens to the same tokens.</param>
    /// <param name="sums">For each sum its parts, as places in <paramref name="parts"/>, each once.</param>
    /// <exception cref="ArgumentException">Vocabularies differ, or a sum has no part, a part twice, or one that there is not.</exception>
    public CircuitSums(IReadOnlyList<TokenCircuit> parts, IReadOnlyList<IReadOnlyList<int>> sums)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(sums);
        if (parts.Count == 0)
            throw new ArgumentException("Sums are of one circuit or more.", nameof(parts));
        foreach (var part in parts)
            if (part.NoCopying is { } reason)
                throw new ArgumentException(reason, nameof(parts));
            else if (part.Vocabulary != parts[0].Vocabulary)
                throw new ArgumentException($"{parts[0]} and {part} are of different vocabularies.", nameof(parts));
        foreach (var sum in sums)
            if (sum.Count == 0 || sum.Distinct().Count() != sum.Count || sum.Any(part => part < 0 || part >= parts.Count))
            {
                string message = $"A sum names one or more of {parts.Count} parts, each once; was '{string.Join(", ", sum)}'.";
                throw new ArgumentException(message, nameof(sums));
            }
        Parts = parts;
        Sums = sums;
    }

    /// <summary>The circuits.</summary>
    public IReadOnlyList<TokenCircuit> Parts { get; }

    /// <summary>For each sum its parts, as places in <see cref="Parts"/>.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Sums { get; }

    /// <summary>Tokens in the vocabulary, V.</summary>
    public int Vocabulary => Parts[0].Vocabulary;

    /// <summary>Sums of heads' OV circuits: each head that any of them names is a part, once.</summary>
    /// <param name="model">The model.</param>
    /// <param name="sums">The heads of each sum, each once.</param>
    /// <exception cref="ArgumentException">A sum has no head or one twice, or columns are other tokens than rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    public static CircuitSums OfHeads(TransformerWeights model, IReadOnlyList<IReadOnlyList<HeadIndex>> sums)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(sums);
        HeadIndex[] heads = [.. sums.SelectMany(sum => sum).Distinct()];
        var places = heads.Select((head, place) => (head, place)).ToDictionary(one => one.head, one => one.place);
        return new([.. heads.Select(head => TokenCircuit.OfHeads(model, head))], [.. sums.Select(Places)]);

        int[] Places(IReadOnlyList<HeadIndex> sum) => [.. sum.Select(head => places[head])];
    }

    /// <summary>One sum as a circuit of its own: its parts' factors side by side, as <c>TokenCircuit.OfHeads</c> has them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such sum.</exception>
    public TokenCircuit Circuit(int sum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sum);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sum, Sums.Count);
        TokenCircuit[] parts = [.. Sums[sum].Select(part => Parts[part])];
        if (parts.Length == 1)
            return parts[0];
        return new(
            string.Join(" + ", parts.Select(part => part.Name)),
            Matrix.ConcatenateColumns([.. parts.Select(part => part.H)]),
            Matrix.ConcatenateRows([.. parts.Select(part => part.G)]),
            FactoredMatrix.Sum([.. parts.Select(part => part.Residual)]),
            parts[0].Origin with { Heads = [.. parts.SelectMany(part => part.Heads)] });
    }
}
