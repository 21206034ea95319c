using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Torch;

namespace OVPipeline.Samples.MeasureBehaviour;

/// <summary>What was measured, as a table and as sentences: every figure with what it is over, every mean with its interval.</summary>
internal static class BehaviourReport
{
    /// <summary>The validation text, from the working folder or from where the program lies.</summary>
    public static string EmbeddedText => Path.Combine(ModelOptions.FindData("text") ?? Path.Combine("data", "text"), "validation.txt.gz");

    /// <summary>All of it.</summary>
    /// <param name="config">The model's configuration.</param>
    /// <param name="rows">A row for each head.</param>
    /// <param name="noText">Why there was no text to measure on, though some was there; null otherwise.</param>
    /// <param name="text">The file of text; null for none.</param>
    public static Findings Of(TransformerConfig config, IReadOnlyList<HeadBehaviourRow> rows, string? noText, string? text)
    {
        var found = new Findings(config.Name).ForModel(config).Table(Figures(rows));
        if (noText is not null)
            found.Say($"No loss on text: {noText.TrimEnd('.')}.");
        foreach (string sentence in Sentences(rows, text, config.NoCopying, Sees(config)))
            found.Say(sentence);
        return found;
    }

    /// <summary>
    /// A row for each head. What a head attends to can only change where a head of an earlier layer was ablated: elsewhere the score
    /// without it is no other figure, and is not shown as one.
    /// </summary>
    public static ReportTable Figures(IReadOnlyList<HeadBehaviourRow> rows)
    {
        bool changed = rows.Any(row => Changes(rows, row));
        ReportColumn[] columns =
        [
            ReportColumn.Heads("head"), ReportColumn.Number("induction"),
            ReportColumn.Number("previous token") with { Priority = 1 },
            ReportColumn.Number("duplicate token") with { Priority = 1 },
            ReportColumn.Number("previous token on text") with { Priority = 3 },
            ReportColumn.Share("top1") with { Priority = 2 }, ReportColumn.Share("top5") with { Priority = 4 },
            ReportColumn.Number("induction from") with { Priority = 5 }, ReportColumn.Number("induction to") with { Priority = 5 },
            .. changed ? new[] { ReportColumn.Number("induction without") } : [],
        ];
        return new("heads", "Heads by what they do", columns, [.. rows.Select(row => (ReportValue[])
        [
            row.Ablated ? $"{Name(row)} ablated" : Name(row), row.InductionScore, row.PreviousTokenScore, row.DuplicateTokenScore,
            row.PreviousTokenScoreOnText, row.CopyingTop1, row.CopyingTop5, .. Ends(row.InductionBySequence),
            .. changed ? new ReportValue[] { Changes(rows, row) ? row.InductionScoreWithout : default(ReportValue) } : [],
        ])])
        {
            Units = Invariant($"attention over {rows[0].InductionBySequence.Length:N0} sequences; top1 and top5 a census of all tokens"),
        };
    }

    /// <summary>The same as people see it.</summary>
    public static ConsoleTable Table(IReadOnlyList<HeadBehaviourRow> rows) => ConsoleTable.Of(Figures(rows));

    /// <summary>That an encoder predicts no next tokens; null of other models.</summary>
    public static string? Sees(TransformerConfig config) => !config.Bidirectional ? null
        : $"{config.Name} attends in both directions: it sees the tokens that it would be asked to predict. What heads attend to is "
            + "measured, and nothing that is predicted.";

    /// <summary>The figures of the whole model, each with what it is measured on.</summary>
    /// <param name="rows">A row for each head.</param>
    /// <param name="text">The file of text; null for none.</param>
    /// <param name="noCopying">Why the model's outputs are no tokens, and there is nothing to predict; null where they are.</param>
    /// <param name="sees">Why next tokens are nothing to predict (<see cref="Sees"/>); null where they are.</param>
    public static IEnumerable<string> Sentences(
        IReadOnlyList<HeadBehaviourRow> rows, string? text, string? noCopying = null, string? sees = null)
    {
        var row = rows[0];
        string heads = string.Join(", ", rows.Where(one => one.Ablated).Select(Name));
        if (row.ValidationLossByWindow.Length > 0)
        {
            double[] intact = row.ValidationLossByWindow, ablated = row.ValidationLossByWindowWithout;
            string over = Invariant($"over {intact.Length:N0} windows of {Path.GetFileName(text)}, {row.ValidationTokens:N0} tokens");
            yield return $"Validation loss {Mean(intact, Score, " nats a token")}, {over}."
                + Without(Mean(ablated, Score, " nats"), intact, ablated, Score, " nats");
        }
        bool hasTask = row.TaskLossBySequence.Length > 0;
        if (hasTask)
        {
            double[] losses = row.TaskLossBySequence, lossesWithout = row.TaskLossBySequenceWithout;
            double[] right = row.TaskAccuracyBySequence, rightWithout = row.TaskAccuracyBySequenceWithout;
            string over = Invariant($"over {losses.Length:N0} sequences, {row.TaskPositions:N0} positions with a target");
            yield return $"Task: {Mean(right, Percent, "")} right, {over}."
                + Without(Mean(rightWithout, Percent, ""), right, rightWithout, Points, " points");
            yield return $"Loss of the task {Mean(losses, Score, " nats")}, a mean over sequences."
                + Without(Mean(lossesWithout, Score, " nats"), losses, lossesWithout, Score, " nats");
        }
        if (noCopying is not null)
            yield return hasTask
                ? noCopying
                : $"{noCopying} Nor are losses of next tokens: what heads attend to is measured, and nothing that is predicted.";
        if (sees is not null && !hasTask)
            yield return sees;
        double[] repeats = row.RepeatAccuracyBySequence, repeatsWithout = row.RepeatAccuracyBySequenceWithout;
        if (repeats.Length > 0)
        {
            string sequences = Invariant($"over {repeats.Length:N0} sequences, {row.RepeatTokens:N0} tokens");
            yield return $"Repeated random tokens: {Mean(repeats, Percent, "")} of the second half predicted, {sequences}."
                + Without(Mean(repeatsWithout, Percent, ""), repeats, repeatsWithout, Points, " points");
        }
        if (row.NameRepeated.Length > 0)
        {
            string sentences = Invariant($"over {row.NameRepeated.Length:N0} sentences");
            yield return $"Names that come again: surname predicted in {Share(row.NameRepeated)}, {sentences}."
                + Without(Share(row.NameRepeatedWithout), Numbers(row.NameRepeated), Numbers(row.NameRepeatedWithout), Points, " points");
        }
        string weighed = Invariant($"on {row.InductionBySequence.Length:N0} sequences of repeated random tokens");
        yield return $"Induction, previous token and duplicate token: mean weight {weighed} after a beginning-of-text token; "
            + "from and to: 95 % interval over sequences.";
        if (noCopying is null)
            yield return "top1, top5: share of the vocabulary that the head's full OV circuit copies, a census.";
        if (heads.Length > 0 && !rows.Any(one => Changes(rows, one)))
            yield return $"What a head attends to does not depend on {heads}: no head stands in a later layer.";

        string Without(string figure, double[] intact, double[] ablated, Func<double, string> show, string unit)
        {
            if (heads.Length == 0)
                return "";
            double[] change = [.. ablated.Zip(intact, (after, before) => after - before)];
            return $" Without {heads} {figure}, a change of {Change(change, show, unit)}.";
        }
    }

    // Whether what the head attends to can change: a head of an earlier layer was ablated.
    private static bool Changes(IEnumerable<HeadBehaviourRow> rows, HeadBehaviourRow row) =>
        rows.Any(other => other.Ablated && other.Layer < row.Layer);

    private static string Name(HeadBehaviourRow row) => new HeadIndex(row.Layer, row.Index).ToString();

    private static double[] Numbers(bool[] right) => [.. right.Select(one => one ? 1.0 : 0)];

    // The mean of units that are not negative, with its interval where there are two or more. Shares end at 1.
    private static string Mean(double[] units, Func<double, string> show, string unit)
    {
        double most = show == Percent ? 1 : double.PositiveInfinity;
        if (units.Length < 2)
            return show(units.Average()) + unit;
        var interval = MeanInterval.Of(units);
        var shown = interval with { Low = Math.Max(0, interval.Low), High = Math.Min(most, interval.High) };
        return show(interval.Estimate) + unit + Interval(shown, show);
    }

    // The mean of differences of the same units, which may be negative.
    private static string Change(double[] units, Func<double, string> show, string unit)
    {
        string Signed(double value) => (value > 0 ? "+" : "") + show(value);
        return Signed(units.Average()) + unit + (units.Length > 1 ? Interval(MeanInterval.Of(units), Signed) : "");
    }

    // Units without any spread tell nothing of how far their mean may be off.
    private static string Interval(ConfidenceInterval interval, Func<double, string> show) =>
        interval.High > interval.Low ? $" (95 % interval {show(interval.Low)} to {show(interval.High)})" : "";

    // The share of units that are right, with Wilson's interval, which has a width at 0 and at 1 too.
    private static string Share(bool[] right)
    {
        var share = WilsonInterval.Of(right.Count(one => one), right.Length);
        return Percent(share.Estimate) + Interval(share, Percent);
    }

    private static ReportValue[] Ends(double[] units) => units.Length > 1 && MeanInterval.Of(units) is var interval
        ? [Math.Max(0, interval.Low), Math.Min(1, interval.High)]
        : [default, default];

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Score(double value) => double.IsNaN(value) ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);

    // Differences of shares are percentage points.
    private static string Points(double difference) => (100 * difference).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) =>
        double.IsNaN(share) ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");
}
