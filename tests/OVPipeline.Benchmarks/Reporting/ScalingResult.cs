namespace OVPipeline.Benchmarks;

/// <summary>How a cost grows.</summary>
/// <param name="Name">What was run.</param>
/// <param name="Variable">What grows: <c>V</c> or <c>r</c>.</param>
/// <param name="Exponent">The slope of log time against log size, by least squares.</param>
/// <param name="Expected">The slope that the operation count has; null where operations are not counted.</param>
/// <param name="Points">The sizes.</param>
internal sealed record ScalingResult(string Name, string Variable, double Exponent, double? Expected, IReadOnlyList<ScalingPoint> Points)
{
    /// <summary>Fits the exponent to points.</summary>
    public static ScalingResult Of(string name, string variable, double? expected, IReadOnlyList<ScalingPoint> points)
    {
        var logs = points.Select(p => (X: Math.Log(variable == "V" ? p.Vocabulary : p.Rank), Y: Math.Log(p.Seconds.Median))).ToList();
        double meanX = logs.Average(p => p.X), meanY = logs.Average(p => p.Y);
        double slope = logs.Sum(p => (p.X - meanX) * (p.Y - meanY)) / logs.Sum(p => (p.X - meanX) * (p.X - meanX));
        return new(name, variable, slope, expected, points);
    }
}
