namespace OVPipeline.Core;

/// <summary>
/// A column that may be among the highest of a row: its position, its single-precision logit, and its logit in double once known.
/// </summary>
internal readonly record struct CandidateColumn(int Position, float Value, double Logit = double.NaN)
{
    /// <summary>The best estimate there is.</summary>
    public double Best => double.IsNaN(Logit) ? Value : Logit;
}
