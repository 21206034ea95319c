using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>"One pattern or two" as sentences, a chart and tables.</summary>
internal static class OneOrTwoPatternsReport
{
    private const string ArmsTable = "pattern-arms", AccountsTable = "pattern-accounts";

    public static ReportSection Of(OneOrTwoPatternsResult found)
    {
        var gate = found.Gate;
        bool informative = found.Informative;
        return gate.Spoken(new()
        {
            Id = OneOrTwoPatterns.Description.Name,
            Title = OneOrTwoPatterns.Description.Title,
            Question = OneOrTwoPatterns.Description.Question,
            Status = informative ? ReportStatus.Done : ReportStatus.NotInformative,
            Reason = informative ? null : NothingToShare(found),
            Statements = [.. informative ? Statements(found) : []],
            Charts = informative ? [Chart(found)] : [],
            Tables = [Arms(found), Accounts(found)],
            Notes =
            [
                .. HeldNorm.Notes(found.Model, found.IsRunAgain),
                .. gate.Informative ? (ReportNote[])[] : [new("The gate fails", GateFails(gate))],
            ],
        });
    }

    private static string NothingToShare(OneOrTwoPatternsResult found) => $"heads {found.Gate.A} and {found.Gate.B} gain "
        + string.Create(CultureInfo.InvariantCulture, $"{found.BaselineGain:0.0000} nats a token ")
        + $"over a fitted constant when they are fitted again; below {OneOrTwoPatternsResult.LeastGain} there is nothing to share out.";

    private static string GateFails(Gate gate) =>
        $"These two are not induction heads that copy: {gate.Reason}. What is found is about these heads and not about the claim's.";

    private static IEnumerable<ReportStatement> Statements(OneOrTwoPatternsResult found)
    {
        double random = found.R(found.Arm(PatternArmKind.RandomStart)).Estimate, model = Share(found, found.AsItIs);
        ReportStatement?[] statements =
        [
            PatternVerdicts.Account(found.Gate, found.Tested, AccountsTable),
            PatternVerdicts.Start(found.Gate, random, ArmsTable),
            PatternVerdicts.Model(found.Gate, model, ArmsTable),
        ];
        return statements.OfType<ReportStatement>();
    }

    // Of the baseline's gain, both on average over fits.
    private static double Share(OneOrTwoPatternsResult found, PatternFit one) => found.Gain(one.Loss) / found.BaselineGain;

    private static ReportTable Arms(OneOrTwoPatternsResult found)
    {
        var (gate, rank) = (found.Gate, found.Model.DValue);
        ReportValue[] Row(FittedArm arm)
        {
            string ranks = string.Join(" + ", arm.Terms.Select(term => $"{term.Rank} under {term.Pattern}"));
            var r = found.R(arm);
            return [arm.Name, ranks, arm.Fits.Count, arm.Loss, found.Gain(arm.Loss), Shown(r.Estimate), Shown(r.Low), Shown(r.High)];
        }
        ReportValue[] NotFitted(string name, string ranks, PatternFit one) =>
            [name, ranks, default, one.Loss, found.Gain(one.Loss), Shown(Share(found, one)), default, default];
        ReportValue Shown(double share) => found.Informative && FrontierChecks.InUnit(share) ? share : default(ReportValue);

        return new(ArmsTable, "What each arm keeps of the baseline's gain",
            [
                ReportColumn.Heads("arm"), ReportColumn.Heads("ranks"), ReportColumn.Count("fits"), ReportColumn.Number("loss", 4, "nats"),
                ReportColumn.Number("gain over the constant", 4, "nats"), ReportColumn.Share("R", key: "share_of_gain"),
                ReportColumn.Share("from", key: "share_of_gain_from"), ReportColumn.Share("to", key: "share_of_gain_to"),
            ],
            [
                .. found.Arms.Select(Row),
                NotFitted("the model as it is", $"{rank} under {gate.A} + {rank} under {gate.B}", found.AsItIs),
                NotFitted("mean ablation of both, nothing fitted", "", found.Ablated),
            ])
        { Units = ArmsUnits(found), Note = ArmsNote(gate) };
    }

    private static string ArmsUnits(OneOrTwoPatternsResult found)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"Fitted on {found.FittedTokens:N0} tokens of training data, ")
            + $"judged on {found.JudgedBlocks} blocks of validation data of about 2,000 each. ";
        return text + (found.FitSeeds > 1
            ? $"From and to: 95 % interval of the mean over {found.FitSeeds} fits (Student's t); it does not cover other training runs."
            : "One fit each: no intervals.");
    }

    private static string ArmsNote(Gate gate) =>
        $"{gate.Chosen}. Fits start from the two heads' own circuits, truncated to the arm's ranks, and see each position of the text "
        + "once, in an order of the fit's seed; one baseline starts from random weights, as a check. Every arm has a constant of its own, "
        + "fitted with it: what a constant does is about this text's tokens and no head's work, so R is counted from it and not from mean "
        + "ablation. R is of what these heads can do for this text: where the model was trained on other text too, fitting them to this "
        + "one alone gains on the model as it is.";

    private static ReportTable Accounts(OneOrTwoPatternsResult found) => new(AccountsTable,
        "What each account predicts, and what was found",
        [
            ReportColumn.Text("account"), ReportColumn.Text(PatternArmNames.One, key: "one_pattern"),
            ReportColumn.Text(PatternArmNames.OneWide, key: "one_pattern_of_twice_the_rank"),
            ReportColumn.Text(PatternArmNames.Halves, key: "two_patterns_of_half_the_rank"),
        ],
        [
            .. SplitAccount.All.Select(account => Row(account.Name, account.Predicts)),
            Row("found", found.Tested.Select(arm => SplitAccount.Word(arm.R))),
        ])
    {
        Units = $"High: R of at least {100 * SplitAccount.High:0} %; low: below {100 * SplitAccount.Low:0} %, its interval with it where "
            + "there is one.",
        Note = "The thresholds were set before any figure was seen. One pattern is the better of A's and B's, told on the same validation "
            + "text, which favours one pattern a little.",
    };

    private static ReportValue[] Row(string name, IEnumerable<string> words) => [name, .. words.Select(word => (ReportValue)word)];

    private static ReportChart Chart(OneOrTwoPatternsResult found) => ReportChart.Bars("patterns-picture",
        $"What is kept of the gain of heads {found.Gate.A} and {found.Gate.B}",
        "R: gain over a fitted constant in the place of both, as a share of the baseline's. Lines: 95 % intervals over fits, where there "
        + "are several.",
        "R, % of the baseline's gain", [.. found.Arms.Select(arm => arm.Name)],
        [ShownIntervals.Series("R", [], [.. found.Arms.Select(found.R)], 100)]);
}
