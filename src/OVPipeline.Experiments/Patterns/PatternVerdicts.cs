using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of "one pattern or two".</summary>
internal static class PatternVerdicts
{
    // Beyond a thousandfold of what was run, a rate of one doubling says nothing.
    private const double MostDoublings = 10;

    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;

    /// <summary>Which account predicts what was found.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="tested">One pattern of rank d, one of rank 2d, two of rank d/2.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement Account(Gate gate, IReadOnlyList<PatternArm> tested, string table)
    {
        string figures = $"{tested[0].Name} keeps {Words(tested[0].R.Estimate)} of the two heads' gain, {tested[1].Name} "
            + $"{Words(tested[1].R.Estimate)}, {tested[2].Name} {Words(tested[2].R.Estimate)}";
        if (SplitAccount.Match([.. tested.Select(arm => SplitAccount.Word(arm.R))]) is not { } account)
            return new(gate.Topic(ReportTopic.Open), $"With all else frozen, {figures}: none of the accounts predicts this.", table);
        // A fit may reach a little more or less: one alone can lie on either side of an account's limits.
        if (tested.Any(arm => !double.IsFinite(arm.R.Low)))
        {
            return new(gate.Topic(ReportTopic.Open), $"With all else frozen, {figures}: the account \"{account}\" predicts this, but of "
                + "one fit each it is not enough to tell.", table);
        }
        var topic = SplitAccount.IsOfRank(account) ? ReportTopic.Can : ReportTopic.CannotExplain;
        return new(gate.Topic(topic), $"With all else frozen, {figures}: as the account \"{account}\" has it.", table);
    }

    /// <summary>
    /// Whether it matters from where fits start. Where it does, what a fit reaches is about its start and its length, and arms are not
    /// compared.
    /// </summary>
    /// <param name="gate">The heads.</param>
    /// <param name="budgets">One budget after another, the last being that with which starts agree, where they do.</param>
    /// <param name="tolerance">Within how many nats starts have to agree with the last.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement Starts(Gate gate, IReadOnlyList<FitBudget> budgets, double tolerance, string table)
    {
        var last = budgets[^1];
        string gap = Interval(last.Gap), within = Nats(tolerance);
        string starts = $"over {last.Own.Count} starts of each kind";
        return last.Agrees(tolerance)
            ? new(gate.Topic(ReportTopic.Found), $"On {Tokens(last.Tokens)} tokens of text it does not matter where fits of the two heads "
                + $"start: from random weights they end {gap} nats above those from the model's own circuits {starts}, within {within}. "
                + "Arms are compared there.", table)
            : new(gate.Topic(ReportTopic.Open), "Whether it is the second head's rank or its pattern that is needed: on "
                + $"{Tokens(last.Tokens)} tokens of text fits from random weights still end {gap} nats above those from the model's own "
                + $"circuits {starts}, where arms are compared within {within}. {Needed(budgets, tolerance)}", table);
    }

    /// <summary>What it would take until starts agree: more starts, other text, or so much by what the last doubling did.</summary>
    internal static string Needed(IReadOnlyList<FitBudget> budgets, double tolerance)
    {
        var last = budgets[^1].Gap;
        if (Math.Abs(last.Estimate) <= tolerance)
            return "Its mean is within that: more starts would tell.";
        bool isAgain = budgets[^1].DistinctTokens < budgets[^1].Tokens;
        if (isAgain && budgets[^1].FittedGap is { } fitted && Math.Abs(fitted) <= tolerance)
        {
            return $"On the text that they are fitted on they end within {Nats(Math.Abs(fitted))} of each other: it would take other text "
                + "rather than the same again.";
        }
        if (budgets.Count < 2)
            return "One budget does not tell how much text it would take.";
        double before = Math.Abs(budgets[^2].Gap.Estimate), now = Math.Abs(last.Estimate);
        // Gaps fall as a power of the text where each doubling takes the same share of them away.
        double doublings = Math.Ceiling(Math.Log(tolerance / now) / Math.Log(now / before));
        return now >= before || doublings > MostDoublings
            ? "Twice the text did not narrow it so much that an amount could be named."
            : string.Create(s_invariant, $"Twice the text narrowed it from {before:0.0000} to {now:0.0000}: at that rate it would take "
                + $"about {budgets[^1].Tokens * Math.Pow(2, doublings) / 1e6:0.0} million tokens.");
    }

    private static string Tokens(long tokens) => tokens.ToString("N0", s_invariant);

    /// <summary>What the model as it is has of the gain; nothing where it has most of it.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="model">The model's share of the baseline's gain.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement? Model(Gate gate, double model, string table) => model switch
    {
        < 0 => new(gate.Topic(ReportTopic.Found), "The model as it is does worse on this text than a constant fitted to it does in the "
            + "place of both heads: circuits fitted to this text alone are compared with each other, not with the model.", table),
        < SplitAccount.High => new(gate.Topic(ReportTopic.Found), $"The model as it is has {Percent(model)} of the gain that the same two "
            + "heads reach when they are fitted to this text alone.", table),
        _ => null,
    };

    private static string Nats(double nats) => nats.ToString("0.0000", s_invariant);

    private static string Interval(ConfidenceInterval gap) => $"{Nats(gap.Estimate)} (95 % interval {Nats(gap.Low)} to {Nats(gap.High)})";

    // What is no share is not shown as one.
    private static string Words(double share) => share switch
    {
        < 0 => "nothing",
        > 1 => "all",
        _ => Percent(share),
    };
}
