using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What the frontier says of two heads that share the work.</summary>
internal static class FrontierVerdicts
{
    /// <summary>The best pair against a fit at its norm of half its rank.</summary>
    /// <param name="pair">The pair, and its log-loss.</param>
    /// <param name="fit">The fit's rank and log-loss.</param>
    /// <param name="failed">Why the fit cannot be what it is meant to be; null where it can.</param>
    /// <param name="table">The table that the figures are in.</param>
    public static ReportStatement HalfTheRank(
        (string Name, double LogLoss) pair, (int Rank, double LogLoss) fit, FailedCheck? failed, string table)
    {
        if (failed is not null)
            return new(ReportTopic.Open, $"Whether half its rank does as well as the pair {pair.Name} at its norm cannot be said: "
                + $"the fit {failed.Reason}; nothing is concluded from it.", table);
        string figures = string.Create(CultureInfo.InvariantCulture, $"At the norm of the pair {pair.Name} and half its rank, {fit.Rank}, "
            + $"a fit has log-loss {fit.LogLoss:0.00}, the pair itself {pair.LogLoss:0.00}");
        if (fit.LogLoss < pair.LogLoss - FrontierChecks.Tolerance)
        {
            return new(ReportTopic.CannotExplain, $"{figures}: that two heads share the work does not follow from what one head's rank "
                + "can do at that norm.", table);
        }
        return fit.LogLoss > pair.LogLoss + FrontierChecks.Tolerance
            ? new(ReportTopic.Can, $"{figures}: at bounded norm a second head's rank can be what it takes.", table)
            : new(ReportTopic.Open, $"{figures}: they cannot be told apart.", table);
    }
}
