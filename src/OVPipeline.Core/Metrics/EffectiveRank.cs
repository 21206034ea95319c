namespace OVPipeline.Core;

/// <summary>
/// How many directions a matrix uses, from its singular values: between 1 and its rank, whatever its scale. Both figures weigh a
/// direction by its share <c>p = sigma^2 / sum(sigma^2)</c> of the squared Frobenius norm.
/// </summary>
public static class EffectiveRank
{
    /// <summary>The participation ratio <c>1 / sum(p^2) = (sum sigma^2)^2 / sum(sigma^4)</c>. 0 for an all-zero matrix.</summary>
    public static double ParticipationRatio(IReadOnlyList<double> singularValues)
    {
        double[] shares = Shares(singularValues);
        return shares.Length == 0 ? 0 : 1 / shares.Sum(p => p * p);
    }

    /// <summary>
    /// The exponential of the entropy of the shares, <c>exp(-sum(p ln p))</c> (Roy and Vetterli 2007, who take the values and not their
    /// squares). 0 for an all-zero matrix.
    /// </summary>
    public static double Entropy(IReadOnlyList<double> singularValues)
    {
        double[] shares = Shares(singularValues);
        return shares.Length == 0 ? 0 : Math.Exp(-shares.Sum(p => p * Math.Log(p)));
    }

    private static double[] Shares(IReadOnlyList<double> singularValues)
    {
        ArgumentNullException.ThrowIfNull(singularValues);
        double largest = singularValues.DefaultIfEmpty().Max();
        if (largest == 0)
            return [];
        double[] squares = [.. singularValues.Select(value => value / largest * (value / largest))];
        double total = squares.Sum();
        return [.. squares.Select(square => square / total).Where(share => share > 0)];
    }
}
