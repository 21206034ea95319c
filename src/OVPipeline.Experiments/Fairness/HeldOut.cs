using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;
using static OVPipeline.Experiments.CopyingColumns;

namespace OVPipeline.Experiments;

/// <summary>Copiers on tokens that were kept out of their loss, rows and columns, beside the model's own circuits on the same tokens.</summary>
internal sealed class HeldOut(ExperimentContext context, double norm, CopyingRow head, CopyingRow? pair, CancellationToken cancellationToken)
{
    private const double Share = 0.2;
    private const int FewestGroups = 5;
    private const string Copier = "copier, fitted without them", Capped = "the same at the head's norm", Knowing = "copier, fitted with them";

    /// <summary>Why no tokens can be held out, or null where they can.</summary>
    public string? NotPossible { get; } = TokenRow.Of(context.Model.Vocabulary).DistinctBy(row => row.Group).Count() is var groups && groups < FewestGroups
        ? $"the vocabulary has {groups} groups of variants, too few to hold a fifth of them out"
        : null;

    /// <summary>One random split by groups of variants.</summary>
    public SplitResult Run(int split)
    {
        var (sets, fitted) = Split(split);
        var known = SubVocabulary.Of(context.Model, fitted);
        var measure = new CopyingMeasure(context.ML, known, context.ML.Data.LoadVocabulary(known));
        var options = context.Options.Fit(context.HeadRank, split);
        TokenCircuit Fitted(LowRankFitOptions fit) => TokenCircuit.FromResidual(context.Model.Weights, "trained", measure.Fit(fit, cancellationToken).Residual);

        var weights = context.Model.Weights;
        List<(string, CircuitKind, TokenCircuit)> circuits =
        [
            (Copier, CircuitKind.Trained, Fitted(options)),
            (Capped, CircuitKind.Trained, Fitted(options with { MaxNorm = norm, KnownFactors = FairnessControls.KnownFactors(context.Model.Weights.OVCircuit(head.Heads[0]), options.Rank) })),
            ($"best head, {head.Name}", CircuitKind.Head, TokenCircuit.OfHeads(weights, head.Heads)),
        ];
        if (pair is not null)
            circuits.Add(($"best pair, {pair.Name}", CircuitKind.Pair, TokenCircuit.OfHeads(weights, pair.Heads)));
        circuits.Add((Knowing, CircuitKind.Trained, context.Measure.Fit(options, cancellationToken)));
        return new([.. circuits.Select(one =>
        {
            var (name, kind, circuit) = one;
            bool[] first = [.. context.Measure.Score(circuit, sets.TestSet, cancellationToken).GetColumn<uint>("LabelRank").Select(rank => rank == 1)];
            return new SplitCircuit(name, context.Result(kind, name, circuit, cancellationToken, sets.TestSet), context.Measure.Top1(circuit, sets.TrainSet, cancellationToken), first);
        })]);
    }

    // Groups fall to either side at random: of a small vocabulary all may fall to one, and another seed is taken.
    private (DataOperationsCatalog.TrainTestData Sets, int[] Fitted) Split(int split)
    {
        var vocabulary = context.Model.Vocabulary;
        var rows = TokenRow.Load(context.ML, TokenRow.Of(vocabulary), vocabulary.Count);
        for (int seed = context.Options.Seed + split; ; seed += 1000)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sets = context.ML.Data.TrainTestSplit(rows, Share, samplingKeyColumnName: nameof(TokenRow.Group), seed: seed);
            int[] fitted = [.. sets.TrainSet.GetColumn<uint>(nameof(TokenRow.TokenId)).Select(key => (int)key - 1).Order()];
            if (fitted.Length >= 2 && fitted.Length < vocabulary.Count)
                return (sets, fitted);
        }
    }

    public static ReportTable Table(string id, SplitResult[] splits) => new(id, "On held-out tokens",
        [
            ReportColumn.Heads("circuit"), ReportColumn.Count("rank"), ReportColumn.Count("splits"), ReportColumn.Number("held-out tokens", 0),
            ReportColumn.Share("top1"), ReportColumn.Share("from", key: "top1_from"), ReportColumn.Share("to", key: "top1_to"),
            ReportColumn.Share("top5"), ReportColumn.Number("MRR"), ReportColumn.Number("d'", 2), ReportColumn.Share("top1 of the others"),
        ],
        [.. ByCircuit(splits).Select(one =>
        {
            var interval = Interval(one.Results);
            return (ReportValue[])
            [
                one.Name, one.Results[0].HeldOut.Row.Rank, one.Results.Length, one.Results.Average(r => (double)r.HeldOut.Row.Tokens), Top1(one.Results), interval?.Low, interval?.High,
                one.Results.Average(r => r.HeldOut.Row.Top5), one.Results.Average(r => r.HeldOut.Row.Mrr), one.Results.Average(r => r.HeldOut.Row.DPrime), one.Results.Average(r => r.FittedTop1),
            ];
        })])
    {
        Units = "Means over repeated random splits by groups of variants. From, to: 95 % interval of the mean, with the overlap of the splits allowed for (Nadeau and Bengio 2003).",
        Note = "Each is scored against the whole vocabulary. The model's own circuits have seen all tokens.",
    };

    /// <summary>McNemar's tests of the withheld copier against each other circuit, on the held-out tokens of one split.</summary>
    public static ReportTable Tests(string id, SplitResult split)
    {
        var copier = split.Circuits[0];
        var others = split.Circuits.Skip(1).ToArray();
        McNemar[] tests = [.. others.Select(other => McNemar.Of(ContingencyTable.Of([.. copier.First], [.. other.First])))];
        var adjusted = HolmCorrection.Adjust([.. tests.Select(test => test.ExactPValue)]);
        return new(id, $"The {copier.Name}, against each other circuit",
            [
                ReportColumn.Heads("against"), ReportColumn.Count("only the copier right"), ReportColumn.Count("only the other right"), ReportColumn.Number("McNemar chi²", 2),
                ReportColumn.Number("exact p", 4), ReportColumn.Number("p, all tests counted", 4, key: "corrected_p"),
            ],
            [.. tests.Select((test, i) => (ReportValue[])[others[i].Name, test.OnlyFirst, test.OnlySecond, test.ChiSquare, test.ExactPValue, adjusted[i]])])
        {
            Units = $"The {copier.First.Count:N0} held-out tokens of the first split, the same for both.",
            Note = $"{tests.Length} comparisons; the last column is Holm's correction.",
        };
    }

    public static ReportChart Picture(SplitResult[] splits)
    {
        var circuits = ByCircuit(splits).ToArray();
        return ReportChart.Bars("held-out-picture", "Tokens that were held out, and the others", "Top-1 share against the whole vocabulary; lines: 95 % intervals over splits.", "tokens, %", [.. circuits.Select(one => one.Name)],
        [
            new("held-out tokens", [], [.. circuits.Select(one => 100 * Top1(one.Results))])
            {
                Low = [.. circuits.Select(one => 100 * Interval(one.Results)?.Low ?? double.NaN)],
                High = [.. circuits.Select(one => 100 * Interval(one.Results)?.High ?? double.NaN)],
            },
            new("the others", [], [.. circuits.Select(one => 100 * one.Results.Average(r => r.FittedTop1))]),
        ]);
    }

    /// <summary>What the sentences are made of.</summary>
    public static HeldOutFigures Figures(string table, SplitResult[] splits, int tokens)
    {
        var circuits = ByCircuit(splits).ToArray();
        SplitCircuit[] Of(string name) => circuits.First(one => one.Name.StartsWith(name, StringComparison.Ordinal)).Results;
        return new(Top1(Of(Copier)), Interval(Of(Copier)), Of(Copier).Average(r => r.FittedTop1), Top1(Of("best head")), tokens, table);
    }

    private static IEnumerable<(string Name, SplitCircuit[] Results)> ByCircuit(SplitResult[] splits) =>
        splits[0].Circuits.Select(one => (one.Name, splits.Select(split => split.Circuits.First(other => other.Name == one.Name)).ToArray()));

    private static double Top1(SplitCircuit[] results) => results.Average(one => one.HeldOut.Row.Top1);

    private static ConfidenceInterval? Interval(SplitCircuit[] results)
    {
        if (results.Length < 2)
            return null;
        var interval = MeanInterval.OfSplits([.. results.Select(one => one.HeldOut.Row.Top1)], Share);
        return interval with { Low = Math.Max(0, interval.Low), High = Math.Min(1, interval.High) };
    }
}
