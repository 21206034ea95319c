using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>"One pattern or two" as sentences, a chart and tables.</summary>
internal static class OneOrTwoPatternsReport
{
    private const string ArmsTable = "pattern-arms", AccountsTable = "pattern-accounts", StartsTable = "pattern-starts";

    public static ReportSection Of(OneOrTwoPatternsResult found)
    {
        var gate = found.Gate;
        string? reason = !found.Informative ? NothingToShare(found) : found.FitSeeds == 1 ? OneStart : null;
        return gate.Spoken(new()
        {
            Id = OneOrTwoPatterns.Description.Name,
            Title = OneOrTwoPatterns.Description.Title,
            Question = OneOrTwoPatterns.Description.Question,
            Status = reason is null ? ReportStatus.Done : ReportStatus.NotInformative,
            Reason = reason,
            Statements = [.. reason is null ? Statements(found) : []],
            Charts = [.. reason is null ? Charts(found) : []],
            Tables = [Arms(found), Starts(found), Accounts(found)],
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

    private const string OneStart = "one fit from each start does not tell whether fits are long enough to compare arms by.";

    private static string GateFails(Gate gate) =>
        $"These two are not induction heads that copy: {gate.Reason}. What is found is about these heads and not about the claim's.";

    private static IEnumerable<ReportStatement> Statements(OneOrTwoPatternsResult found)
    {
        ReportStatement?[] statements =
        [
            found.Agreed is null ? null : PatternVerdicts.Account(found.Gate, found.Tested, AccountsTable),
            PatternVerdicts.Starts(found.Gate, found.Budgets, found.Tolerance(found.Last), StartsTable),
            PatternVerdicts.Model(found.Gate, Share(found, found.AsItIs), ArmsTable),
        ];
        return statements.OfType<ReportStatement>();
    }

    private static IEnumerable<ReportChart> Charts(OneOrTwoPatternsResult found)
    {
        if (found.Agreed is not null)
            yield return Chart(found);
        double[] tokens = [.. found.Budgets.Select(budget => (double)budget.Tokens)];
        ReportChart Gaps(IReadOnlyList<ChartSeries> series) => ReportChart.Lines("patterns-starts-picture",
            "How much it matters where fits start", "The two heads fitted again: loss from random weights less loss from the model's "
            + "own circuits, with 95 % intervals over starts. Arms are compared where all of an interval is within the dashed lines.",
            "tokens that a fit sees", "nats", series, tokens);
        ChartSeries Limit(string name, int sign) =>
            new(name, tokens, [.. found.Budgets.Select(budget => sign * found.Tolerance(budget))]) { Reference = true };
        yield return Gaps(
        [
            ShownIntervals.Series("gap between starts", tokens, [.. found.Budgets.Select(budget => budget.Gap)]),
            Limit("within which arms are compared", 1), Limit("the same below 0", -1),
        ]);
    }

    private static ReportTable Starts(OneOrTwoPatternsResult found)
    {
        ReportValue[] Row(FitBudget budget)
        {
            var gap = budget.Gap;
            return
            [
                budget.Tokens, budget.DistinctTokens, budget.Own.Count, budget.OwnLoss, budget.RandomLoss,
                gap.Estimate, gap.Low, gap.High, found.Tolerance(budget), budget == found.Agreed ? "yes" : "no", budget.FittedGap,
            ];
        }
        return new(StartsTable, "How much it matters where fits start",
            [
                ReportColumn.Count("tokens", key: "fitted_tokens"), ReportColumn.Count("distinct", key: "distinct_tokens"),
                ReportColumn.Count("starts"), ReportColumn.Number("from own circuits", 4, "nats", key: "loss_from_own"),
                ReportColumn.Number("from random weights", 4, "nats", key: "loss_from_random"),
                ReportColumn.Number("gap", 4, "nats", key: "gap_between_starts"),
                ReportColumn.Number("from", 4, "nats", key: "gap_between_starts_from"),
                ReportColumn.Number("to", 4, "nats", key: "gap_between_starts_to"),
                ReportColumn.Number("within", 4, "nats", key: "starts_agree_within"), ReportColumn.Text("agree", key: "starts_agree"),
                ReportColumn.Number("gap on fitted text", 4, "nats", key: "gap_on_fitted_text"),
            ],
            [.. found.Budgets.Select(Row)])
        {
            Units = "The two heads fitted again, from the model's own circuits and from random weights; from and to: 95 % intervals over "
                + "starts, where there are several.",
            Note = string.Create(CultureInfo.InvariantCulture, $"Starts agree where all of the gap's interval is within "
                + $"{100 * OneOrTwoPatternsResult.ToleranceShare:0} % of what the fits from the model's own circuits gain over the "
                + $"constant: a third of what lies between a low R and a high one."),
        };
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
        string text = string.Create(CultureInfo.InvariantCulture, $"Fitted on {found.Last.Tokens:N0} tokens of training data ")
            + string.Create(CultureInfo.InvariantCulture, $"({found.FittedTokens:N0} distinct), ")
            + $"judged on {found.JudgedBlocks} blocks of validation data of about 2,000 each. ";
        return text + (found.FitSeeds > 1
            ? $"From and to: 95 % interval of the mean over {found.FitSeeds} fits (Student's t); it does not cover other training runs."
            : "One fit each: no intervals.");
    }

    private static string ArmsNote(Gate gate) =>
        $"{gate.Chosen}. Fits start from the two heads' own circuits, truncated to the arm's ranks, and see as much text, in an "
        + "order of the fit's seed, as the two heads take until it does not matter where they start; the constant alone, which has one "
        + "optimum, sees as much as the first of their fits. Every arm has a constant of its own, fitted with it: what a constant does is "
        + "about this text's tokens and no head's work, so R is counted from it and not from mean ablation. R is of what these heads can "
        + "do for this text: where the model was trained on other text too, fitting them to this one alone gains on the model as it is.";

    private static ReportTable Accounts(OneOrTwoPatternsResult found) => new(AccountsTable,
        "What each account predicts, and what was found",
        [
            ReportColumn.Text("account"), ReportColumn.Text(PatternArmNames.One, key: "one_pattern"),
            ReportColumn.Text(PatternArmNames.OneWide, key: "one_pattern_of_twice_the_rank"),
            ReportColumn.Text(PatternArmNames.Halves, key: "two_patterns_of_half_the_rank"),
        ],
        [
            .. SplitAccount.All.Select(account => Row(account.Name, account.Predicts)),
            .. found.Agreed is null ? (ReportValue[][])[] : [Row("found", found.Tested.Select(arm => SplitAccount.Word(arm.R)))],
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
