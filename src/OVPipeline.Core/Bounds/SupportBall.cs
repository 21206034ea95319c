namespace OVPipeline.Core;

/// <summary>
/// The ball of the spectral r-support norm: the convex hull of all matrices of rank at most r and Frobenius norm at most c (McDonald,
/// Pontil and Stamos 2016). Norm and projection act on singular values alone, so this is about vectors s of them, none negative.
/// </summary>
/// <remarks>
/// With <c>T = { t : 0 ≤ t_i ≤ 1, sum t_i ≤ r }</c> the norm's square is <c>min over T of sum s_i² / t_i</c>. The nearest point of the
/// ball to s is <c>w_i = s_i t_i / (t_i + m)</c> for a multiplier m above 0, with t the minimizer over T for m,
/// <c>t_i = clip(a s_i - m, 0, 1)</c>, where a makes them sum to r; and m makes <c>sum w_i² / t_i = c²</c>, which falls as m grows.
/// </remarks>
internal static class SupportBall
{
    // Each halving of an interval takes a bit: these are those of a double, with some to spare.
    private const int Halvings = 120;

    /// <summary>The point of the ball nearest to a vector.</summary>
    /// <param name="values">Singular values, not negative, in any order.</param>
    /// <param name="rank">r, at least 1.</param>
    /// <param name="norm">c, above 0.</param>
    public static double[] Project(double[] values, int rank, double norm)
    {
        double largest = values.Max();
        if (largest == 0)
            return values;
        double[] scaled = Array.ConvertAll(values, value => value / largest);
        double radius = norm / largest;
        if (NormSquare(scaled, rank) <= radius * radius)
            return values;
        double low = 0, high = 1;
        double[] nearest = At(scaled, rank, high, out double square);
        while (square > radius * radius)
        {
            low = high;
            nearest = At(scaled, rank, high *= 4, out square);
        }
        for (int i = 0; i < Halvings && high - low > 1e-15 * high; i++)
        {
            double middle = (low + high) / 2;
            double[] point = At(scaled, rank, middle, out square);
            if (square > radius * radius)
                low = middle;
            else
                (high, nearest) = (middle, point);
        }
        return Array.ConvertAll(nearest, value => value * largest);
    }

    /// <summary>The square of the r-support norm.</summary>
    /// <param name="values">Singular values, not negative, in any order.</param>
    /// <param name="rank">r, at least 1.</param>
    public static double NormSquare(double[] values, int rank)
    {
        // The r largest, or fewer of them each by itself and all others together (Argyriou, Foygel and Srebro 2012, proposition 2.1).
        double[] sorted = [.. values.OrderDescending()];
        double head = 0, tail = sorted.Sum();
        if (rank >= sorted.Length)
            return sorted.Sum(value => value * value);
        for (int alone = 0; alone < rank; alone++)
        {
            int together = rank - alone;
            double mean = tail / together;
            if (sorted[alone] <= mean || alone == rank - 1)
                return head + (tail * mean);
            head += sorted[alone] * sorted[alone];
            tail -= sorted[alone];
        }
        return head;
    }

    private static double[] At(double[] values, int rank, double multiplier, out double square)
    {
        double[] weights = Weights(values, rank, multiplier);
        double sum = 0;
        var point = new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            point[i] = values[i] * weights[i] / (weights[i] + multiplier);
            sum += point[i] * point[i] / weights[i];
        }
        square = sum;
        return point;
    }

    private static double[] Weights(double[] values, int rank, double multiplier)
    {
        if (values.Count(value => value > 0) <= rank)
            return Array.ConvertAll(values, _ => 1.0); // those of zeros weigh nothing
        double low = 0, high = (1 + multiplier) / values.OrderDescending().ElementAt(rank - 1);
        for (int i = 0; i < Halvings && high - low > 1e-16 * high; i++)
        {
            double middle = (low + high) / 2;
            if (values.Sum(value => Math.Clamp((middle * value) - multiplier, 0, 1)) > rank)
                high = middle;
            else
                low = middle;
        }
        return Array.ConvertAll(values, value => Math.Clamp((low * value) - multiplier, 0, 1));
    }
}
