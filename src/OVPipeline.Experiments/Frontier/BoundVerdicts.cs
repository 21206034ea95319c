using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// What follows from the frontier's two sides, whatever one believes of training: of log-loss at natural scale through these embeddings,
/// and of nothing else. Figures decide where they are apart by more than <see cref="FrontierChecks.Tolerance"/>.
/// </summary>
internal static class BoundVerdicts
{
    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;

    /// <summary>Whether its rank binds a circuit of the model at its own norm.</summary>
    /// <param name="circuit">The circuit, in words, and its log-loss.</param>
    /// <param name="more">What more rank is, in words: <c>a second head's rank</c>.</param>
    /// <param name="own">The frontier at its rank and norm.</param>
    /// <param name="wider">The frontier at the higher rank and its norm.</param>
    /// <param name="table">The table that the figures are in.</param>
    public static ReportStatement RankBinds(
        (string Name, double LogLoss) circuit, string more, FrontierInterval own, FrontierInterval wider, string table)
    {
        var slack = RankSlack.Of(circuit.LogLoss, (own.LeastLogLoss, own.MostLogLoss), (wider.LeastLogLoss, wider.MostLogLoss));
        var verdict = slack.Verdict(FrontierChecks.Tolerance);
        string capital = char.ToUpperInvariant(more[0]) + more[1..];
        if (verdict == RankVerdict.DoesNotBind)
        {
            return new(ReportTopic.CannotExplain, string.Create(s_invariant, $"At its norm {circuit.Name} leaves at least "
                + $"{slack.LeavesLeast:0.00} nats on the table: it has {circuit.LogLoss:0.00}, a circuit of its rank, {own.Rank}, "
                + $"{own.MostLogLoss:0.00}. {capital} at this norm could add at most {slack.AddsMost:0.00}: no circuit of rank "
                + $"{wider.Rank} is below {wider.LeastLogLoss:0.00}. By log-loss rank does not bind it, "
                + $"whatever circuits one looks for."), table);
        }
        if (verdict == RankVerdict.Binds)
        {
            return new(ReportTopic.Can, string.Create(s_invariant, $"At its norm {circuit.Name} leaves at most "
                + $"{slack.LeavesMost:0.00} nats on the table: it has {circuit.LogLoss:0.00}, and no circuit of its rank, {own.Rank}, "
                + $"is below {own.LeastLogLoss:0.00}. {capital} at this norm adds at least {slack.AddsLeast:0.00}: a circuit of rank "
                + $"{wider.Rank} has {wider.MostLogLoss:0.00}. By log-loss rank binds it."), table);
        }
        return new(ReportTopic.Open, string.Create(s_invariant, $"Whether rank binds {circuit.Name} by log-loss cannot be told: at its "
            + $"norm it leaves {slack.LeavesLeast:0.00} to {slack.LeavesMost:0.00} nats on the table, and {more} at this norm "
            + $"adds {slack.AddsLeast:0.00} to {slack.AddsMost:0.00}."), table);
    }

    /// <summary>Whether a pair does what no circuit of half its rank does at its norm; nothing where such a circuit may do it.</summary>
    /// <param name="pair">The pair, and its log-loss.</param>
    /// <param name="half">The frontier at half its rank and its norm.</param>
    /// <param name="table">The table that the figures are in.</param>
    public static ReportStatement? HalfTheRank((string Name, double LogLoss) pair, FrontierInterval half, string table) =>
        half.LeastLogLoss <= pair.LogLoss + FrontierChecks.Tolerance ? null : new(ReportTopic.Can, string.Create(s_invariant,
            $"No circuit of rank {half.Rank} at the norm of the pair {pair.Name} has a log-loss below {half.LeastLogLoss:0.00}, the pair "
            + $"has {pair.LogLoss:0.00}: what it does at that norm takes more than half its rank."), table);

    /// <summary>Two heads of half the rank each against one of the whole rank.</summary>
    /// <param name="heads">The two heads whose norms they have, in words.</param>
    /// <param name="two">The two from both sides; its rank is that of both together.</param>
    /// <param name="one">One circuit of that rank, at the norm of the sum of the model's two.</param>
    /// <param name="table">The table that the figures are in.</param>
    public static ReportStatement TwoHalves(string heads, FrontierInterval two, FrontierInterval one, string table)
    {
        double gainsLeast = one.LeastLogLoss - two.MostLogLoss, gainsMost = one.MostLogLoss - two.LeastLogLoss;
        string figures = string.Create(s_invariant, $"Two heads of rank {two.Rank / 2} each at the norms of {heads}, attending alike, "
            + $"have at best a log-loss between {two.LeastLogLoss:0.00} and {two.MostLogLoss:0.00}; one of rank {one.Rank} at the norm of "
            + $"their sum in the model between {one.LeastLogLoss:0.00} and {one.MostLogLoss:0.00}");
        if (gainsMost <= FrontierChecks.Tolerance)
            return new(ReportTopic.CannotExplain, $"{figures}: to split a rank over two heads gains nothing there.", table);
        return gainsLeast > FrontierChecks.Tolerance
            ? new(ReportTopic.Can, string.Create(s_invariant, $"{figures}: the two can have at least {gainsLeast:0.00} less, by their "
                + $"norms, as together they have no more rank."), table)
            : new(ReportTopic.Open, string.Create(s_invariant, $"{figures}: the split gains at most {gainsMost:0.00} nats and costs at "
                + $"most {Math.Max(0, -gainsLeast):0.00}; which it is cannot be told."), table);
    }
}
