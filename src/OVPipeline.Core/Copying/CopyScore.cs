namespace OVPipeline.Core;

/// <summary>
/// The copy score of name-mover heads (Wang et al. 2022): the share of names whose own token is among the five highest logits of the head's
/// full OV circuit, were it to attend to the name alone. There the name stands as the residual stream has it after the first MLP; here as
/// the circuit's rows do, so of effective embeddings where these are meant. Constants that biases add to every row are left out.
/// </summary>
public static class CopyScore
{
    /// <summary>How many of the highest logits are looked at in the published score.</summary>
    public const int PublishedTop = 5;

    /// <summary>The score of some tokens, such as names.</summary>
    /// <param name="circuit">The circuit; negated (<see cref="TokenCircuit.Negate"/>) it gives the score of negative name movers.</param>
    /// <param name="tokens">The tokens, each once or as often as it counts.</param>
    /// <param name="top">How many of the highest logits are looked at.</param>
    /// <param name="engine">What scores; default <see cref="CpuEngine.Shared"/>.</param>
    /// <param name="cancellationToken">Checked within every block of rows.</param>
    /// <exception cref="ArgumentException">There are no tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token does not exist, or the number is not positive.</exception>
    /// <exception cref="InvalidOperationException">A token has no logit of its own: says why.</exception>
    public static double Of(TokenCircuit circuit, IReadOnlyList<int> tokens, int top = PublishedTop, IScoringEngine? engine = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        if (circuit.NoCopying is { } reason)
            throw new InvalidOperationException(reason);
        if (tokens.Count == 0)
            throw new ArgumentException("A copy score is of one token or more.", nameof(tokens));
        int[] ids = [.. tokens];
        var options = new ScoringOptions { LabelRank = true };
        var scored = (engine ?? CpuEngine.Shared).ScoreTokens(circuit, ids, ids, options, cancellationToken: cancellationToken);
        return scored.LabelRanks.Count(rank => rank <= top) / (double)ids.Length;
    }
}
