using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of "one pattern or two".</summary>
internal static class PatternVerdicts
{
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

    /// <summary>That fits depend on where they start; nothing where the baseline from random weights reaches it.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="random">The share of the baseline's gain that it reaches from random weights.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement? Start(Gate gate, double random, string table) => random >= SplitAccount.High ? null
        : new(gate.Topic(ReportTopic.Open), $"From random weights the same fit reaches {Words(random)} of the baseline's gain: fits are "
            + "short, and what they reach depends on where they start.", table);

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

    // What is no share is not shown as one.
    private static string Words(double share) => share switch
    {
        < 0 => "nothing",
        > 1 => "all",
        _ => Percent(share),
    };
}
