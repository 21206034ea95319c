namespace OVPipeline.Benchmarks;

/// <summary>Repeated measurements of one thing, in the unit of what was measured.</summary>
internal sealed record Spread(double Median, double Min, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return new(sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2, sorted[0], sorted[^1]);
    }

    /// <summary>The spread of <c>factor x</c>.</summary>
    public Spread Times(double factor) => new(Median * factor, Min * factor, Max * factor);

    public override string ToString() => Min == Max ? Number(Median) : $"{Number(Median)} ({Number(Min)}..{Number(Max)})";

    // Three digits, and no more decimals than that.
    private static string Number(double x) => x >= 100 ? $"{x:0}" : x >= 10 ? $"{x:0.0}" : x >= 1 ? $"{x:0.00}" : $"{x:0.0000}";
}
