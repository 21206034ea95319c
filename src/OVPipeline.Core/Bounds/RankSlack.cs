namespace OVPipeline.Core;

/// <summary>
/// What a circuit leaves to the best circuit of its rank and norm, and what the best of a higher rank has on that one, in nats of mean
/// log-loss: each from both sides, as bounds and found circuits tell them. None is below 0.
/// </summary>
/// <param name="LeavesLeast">What it leaves at least.</param>
/// <param name="LeavesMost">What it leaves at most.</param>
/// <param name="AddsLeast">What the higher rank adds at least.</param>
/// <param name="AddsMost">What it adds at most.</param>
public sealed record RankSlack(double LeavesLeast, double LeavesMost, double AddsLeast, double AddsMost)
{
    /// <summary>They of a circuit's log-loss and the least log-loss of its rank and of a higher one.</summary>
    /// <param name="logLoss">The circuit's.</param>
    /// <param name="own">The least log-loss within its rank and norm: a bound, and what a found circuit has.</param>
    /// <param name="wider">The same of the higher rank.</param>
    public static RankSlack Of(double logLoss, (double Least, double Most) own, (double Least, double Most) wider) => new(
        Math.Max(0, logLoss - own.Most), Math.Max(0, logLoss - own.Least), Math.Max(0, own.Least - wider.Most),
        Math.Max(0, own.Most - wider.Least));

    /// <summary>
    /// Whether its rank is what binds the circuit: it does not where the circuit leaves more than the higher rank could add, it does where
    /// the higher rank adds more than the circuit can leave.
    /// </summary>
    /// <param name="tolerance">By how many nats figures must differ to decide.</param>
    public RankVerdict Verdict(double tolerance)
    {
        if (LeavesLeast > AddsMost + tolerance)
            return RankVerdict.DoesNotBind;
        return AddsLeast > LeavesMost + tolerance ? RankVerdict.Binds : RankVerdict.CannotBeTold;
    }
}

/// <summary>Whether rank binds a circuit, by log-loss at its norm.</summary>
public enum RankVerdict
{
    /// <summary>The figures do not decide.</summary>
    CannotBeTold,

    /// <summary>The circuit leaves more than a higher rank could add.</summary>
    DoesNotBind,

    /// <summary>A higher rank adds more than the circuit leaves.</summary>
    Binds,
}
