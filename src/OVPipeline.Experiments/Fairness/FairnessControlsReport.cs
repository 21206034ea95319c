using System.Globalization;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Experiment 3 as sentences, charts and tables.</summary>
internal static class FairnessControlsReport
{
    private const string ControlsTable = "controls", HeldOutTable = "held-out", McNemarTable = "held-out-tests";

    private static readonly ReportNote[] s_notes =
    [
        new("What a permutation controls for",
            "A random permutation of the same tokens asks a pair of the same rank to remember as much, with nothing in the embeddings to "
            + "help. What copying reaches beyond it is what the embeddings of the model share."),
        new("What held-out tokens control for",
            "A fifth of the tokens is kept out of the loss, as rows and as columns, a word's case and space variants together; the pair is "
            + "then scored on them against the whole vocabulary. Only what it has learnt about copying in general helps there."),
    ];

    public static ReportSection Of(FairnessControlsResult found)
    {
        var heldOut = found.HeldOut;
        return new()
        {
            Id = FairnessControls.Description.Name,
            Title = FairnessControls.Description.Title,
            Question = FairnessControls.Description.Question,
            Statements = [.. Statements(found, heldOut)],
            Charts = [Chart(found.Arms), .. heldOut.Count > 0 ? [HeldOutReport.Chart(heldOut)] : Array.Empty<ReportChart>()],
            Tables =
            [
                Controls(found),
                .. found.NotHeldOut is { } reason
                    ? [HeldOutReport.NotRun(HeldOutTable, reason)]
                    : new[] { HeldOutReport.Table(HeldOutTable, heldOut), HeldOutReport.Tests(McNemarTable, found.Splits[0]) },
            ],
            Notes = s_notes,
        };
    }

    private static IEnumerable<ReportStatement> Statements(FairnessControlsResult found, IReadOnlyList<HeldOutMean> heldOut)
    {
        var figures = Figures(found);
        IEnumerable<ReportStatement> statements = FairnessVerdicts.Of(figures);
        if (heldOut.Count == 0 || figures.NoCopyingHead is not null)
            return statements;
        var own = HeldOutReport.Figures(HeldOutTable, heldOut, found.Model.Vocabulary);
        return statements.Append(HeldOutVerdicts.Generality(own)).Append(HeldOutVerdicts.AgainstHead(own));
    }

    private static FairnessFigures Figures(FairnessControlsResult found)
    {
        ControlFigure Figure(FairnessArm arm, string? name = null) => new(name ?? arm.Name, arm.Top1, arm.LogLoss, found.Failed(arm));
        ControlFigure Of(FairnessControl control) => Figure(found.Arm(control)!);
        return new()
        {
            NoCopyingHead = CopyingSentences.NoCopyingHead(found.Found),
            Tokens = found.Model.Vocabulary,
            AtModelScale = found.AtModelScale,
            Head = new(found.Head.Name, found.Head.Top1, found.Head.LogLoss),
            Baseline = Of(FairnessControl.Copier),
            Decays = [.. found.Decayed.Select(arm => Figure(arm, FairnessArm.Shown(arm.WeightDecay!.Value)))],
            Capped = Of(FairnessControl.NormCapped),
            Permuted = Of(FairnessControl.Permuted),
            Untrained = Of(FairnessControl.UntrainedCopier),
            UntrainedHead = Of(FairnessControl.UntrainedHead),
            Table = ControlsTable,
        };
    }

    private static ReportTable Controls(FairnessControlsResult found) => new(ControlsTable,
        $"Copiers of rank {found.HeadRank} under each control",
        [ReportColumn.Text("control"), ReportColumn.Text("objection"), .. ArmTable.Columns, ReportColumn.Share("top1 by frequency")],
        [.. found.Arms.Select(arm => (ReportValue[])
        [
            arm.Name, arm.Objection, .. ArmTable.Of(arm.Repeats), arm.Repeats.Select(one => one.ByFrequency).Average(),
        ])])
    {
        Units = $"{Census(found.Model)} Repeats are random permutations and random models; their interval is the 95 % one of the mean "
            + "(Student's t).",
        Note = Note(found),
    };

    private static string Note(FairnessControlsResult found)
    {
        string wide = found.HeadWidth == found.HeadRank
            ? ""
            : "Not run: a start from the head's weights, as its values are wider than the model "
                + $"({found.HeadWidth}, {found.Model.DModel}). ";
        string norm = string.Create(CultureInfo.InvariantCulture,
            $"Weight decay is w in w/2 (|A|² + |B|²), added to the mean loss in nats. The head's own norm is {found.HeadNorm:0.0}. {wide}");
        string frequencies = found.Frequencies is { } source
            ? $"Frequencies: {source}. Permutations move a token among those of about its frequency."
            : $"Not run: rows weighted by frequency, as {found.NoFrequencies}; permutations move tokens among all.";
        string behind = found.CopierBehind is { } failed
            ? $" The {found.Arm(FairnessControl.Copier)!.Name} {failed.Reason}: what it copies is the least that its rank can."
            : "";
        return $"{norm}{frequencies} {ArmTable.StationarityNote}{behind}";
    }

    private static ReportChart Chart(IReadOnlyList<FairnessArm> arms) => ReportChart.Bars("controls-picture", "Copying under each control",
        "Top-1 share. Lines at the ends of bars: 95 % intervals over random permutations and random models.", "tokens, %",
        [.. arms.Select(arm => arm.Name)],
        [
            new("top-1", [], [.. arms.Select(arm => 100 * arm.Top1)])
            {
                Low = [.. arms.Select(arm => 100 * arm.Interval?.Low ?? double.NaN)],
                High = [.. arms.Select(arm => 100 * arm.Interval?.High ?? double.NaN)],
            },
        ]);
}
