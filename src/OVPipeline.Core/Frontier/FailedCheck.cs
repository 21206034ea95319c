using System.Globalization;

namespace OVPipeline.Core;

/// <summary>A fit that cannot be what it was meant to be: something that it could have been is better.</summary>
/// <param name="Fit">The fit.</param>
/// <param name="Against">What is better, in words that follow "which"; null where the fit itself says that it did not converge.</param>
/// <param name="Bound">The log-loss that the fit should not have exceeded, in nats.</param>
public sealed record FailedCheck(FrontierPoint Fit, string? Against, double Bound)
{
    /// <summary>
    /// In words that follow the fit's name: <c>did not converge: its log-loss, 3.178, is above 1.660, which head 0.2 has</c>. Losses have
    /// as
    /// many decimals, three or more, as tell them apart.
    /// </summary>
    public string Reason
    {
        get
        {
            if (Against is null)
                return $"did not converge: {Fit.NotConverged}";
            string format = "0.000";
            while (Text(Fit.LogLoss) == Text(Bound) && format.Length < 9)
                format += "0";
            return double.IsFinite(Fit.LogLoss)
                ? $"did not converge: its log-loss, {Text(Fit.LogLoss)}, is above {Text(Bound)}, which {Against}"
                : "did not converge: its log-loss is not finite";

            string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        }
    }
}
