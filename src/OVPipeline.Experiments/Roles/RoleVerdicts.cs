using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>The sentences of "head roles".</summary>
internal static class RoleVerdicts
{
    /// <summary>Whether two heads copy the same tokens; nothing where one of them copies none or all.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="sets">What they copy.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement? Overlap(Gate gate, CopiedSets sets, string table)
    {
        if (!double.IsFinite(sets.GivenA) || !double.IsFinite(sets.GivenNotA))
            return null;
        string text = $"Head {sets.B} copies {Percent(sets.GivenA)} of the tokens that head {sets.A} copies and "
            + $"{Percent(sets.GivenNotA)} of those it does not";
        string found = sets.OddsRatio switch
        {
            > 1 when sets.GivenA > sets.GivenNotA => ": the two overlap more than chance would have it, rather than dividing the "
                + "vocabulary.",
            > 1 => ": with frequency held, the two overlap more than chance would have it.",
            < 1 => ": with frequency held, they overlap less than chance would have it, as heads that divide the vocabulary would.",
            _ => ".",
        };
        return new(gate.Topic(ReportTopic.Found), text + found, table);
    }

    /// <summary>What is copied only together, and what is lost in the sum.</summary>
    public static ReportStatement Together(Gate gate, CopiedSets sets, string table) => new(gate.Topic(ReportTopic.Found),
        $"{Count(sets.OnlyTogether)} tokens are copied only by the two together, and {Count(sets.LostInSum)} that one of them copies are "
        + "lost in the sum.", table);

    /// <summary>Whether one of the two is more for induction.</summary>
    /// <param name="gate">The heads.</param>
    /// <param name="measure">By what.</param>
    /// <param name="s">S; not a number where an effect cannot be told from zero. Without an interval it decides nothing.</param>
    /// <param name="table">The table that it is in.</param>
    public static ReportStatement Specialization(Gate gate, string measure, ConfidenceInterval s, string table)
    {
        if (!double.IsFinite(s.Estimate))
            return new(gate.Topic(ReportTopic.Open), $"Whether one of the two is more for induction cannot be said by {measure}: an "
                + "effect it compares cannot be told from zero, or is harmful.", table);
        string figures = $"S = {s.Estimate.ToString("0.00", CultureInfo.InvariantCulture)}{BlockIntervals.Ends(s, "0.00")}";
        var head = s.Estimate > 0 ? gate.A : gate.B;
        bool told = s.Low > 0 || s.High < 0;
        string said = told
            ? $"By {measure}, head {head} is relatively more for induction than the other ({figures}): different mixes of jobs."
            : $"By {measure}, neither head is told to be more for induction than the other ({figures}).";
        return new(gate.Topic(ReportTopic.Found), said, table);
    }

    private static string Count(int tokens) => tokens.ToString("N0", CultureInfo.InvariantCulture);
}
