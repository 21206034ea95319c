using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Copiers on tokens that were kept out of their loss, rows and columns, beside the model's own circuits on the same tokens.
/// </summary>
/// <param name="run">The experiment's run.</param>
/// <param name="options">How copiers are fitted.</param>
/// <param name="head">The model's best head.</param>
/// <param name="own">Its map in the residual stream.</param>
internal sealed class HeldOutFits(ExperimentRun run, FairnessControlsOptions options, CopyingRow head, FactoredMatrix own)
{
    /// <summary>The share that is held out; sentences call it a fifth.</summary>
    public const double Share = 0.2;

    // Of fewer groups a fifth is less than one.
    private const int FewestGroups = 5;

    // The next seed where a split is not one: past those of the other splits, of which there are fewer.
    private const int SeedStep = 1000;

    /// <summary>Why no tokens of a vocabulary can be held out, or null where they can.</summary>
    public static string? NotPossible(Vocabulary vocabulary)
    {
        int groups = TokenRow.Of(vocabulary).DistinctBy(row => row.Group).Count();
        return groups < FewestGroups ? $"the vocabulary has {groups} groups of variants, too few to hold a fifth of them out" : null;
    }

    /// <summary>One random split by groups of variants.</summary>
    public HeldOutSplit Run(int split)
    {
        var (sets, fitted) = Split(split);
        var known = SubVocabulary.Of(run.Model, fitted);
        var measure = new CopyingMeasure(run.ML, known, run.ML.Data.LoadVocabulary(known));
        var weights = run.Model.Weights;
        var free = options.Fit(run.HeadRank, split);
        var capped = free with { MaxNorm = own.FrobeniusNorm(), KnownFactors = KnownFactors.Of(own, free.Rank) };
        TokenCircuit Fitted(LowRankFitOptions fit) =>
            TokenCircuit.FromResidual(weights, "trained", measure.Fit(fit, cancellationToken: run.CancellationToken).Residual);
        HeldOutCircuit Measured(HeldOutRole role, CircuitKind kind, string name, TokenCircuit circuit)
        {
            var scored = run.Copying.Score(circuit, sets.TestSet, cancellationToken: run.CancellationToken);
            bool[] first = [.. scored.GetColumn<float>("LabelRank").Select(rank => rank == 1)];
            double fittedTop1 = run.Copying.Top1(circuit, sets.TrainSet, run.CancellationToken);
            return new(role, name, run.Result(kind, name, circuit, sets.TestSet), fittedTop1, first);
        }

        List<HeldOutCircuit> circuits =
        [
            Measured(HeldOutRole.Copier, CircuitKind.Trained, "copier, fitted without them", Fitted(free)),
            Measured(HeldOutRole.CopierAtHeadNorm, CircuitKind.Trained, "the same at the head's norm", Fitted(capped)),
            Measured(HeldOutRole.BestHead, CircuitKind.Head, $"best head, {head.Name}", TokenCircuit.OfHeads(weights, head.Heads)),
        ];
        if (run.BestPair is { } pair)
        {
            var circuit = TokenCircuit.OfHeads(weights, pair.Heads);
            circuits.Add(Measured(HeldOutRole.BestPair, CircuitKind.Pair, $"best pair, {pair.Name}", circuit));
        }
        var knowing = run.Copying.Fit(free, cancellationToken: run.CancellationToken);
        circuits.Add(Measured(HeldOutRole.KnowingCopier, CircuitKind.Trained, "copier, fitted with them", knowing));
        return new(circuits);
    }

    // Groups fall to either side at random: of a small vocabulary all may fall to one, and another seed is taken.
    private (DataOperationsCatalog.TrainTestData Sets, int[] Fitted) Split(int split)
    {
        var vocabulary = run.Model.Vocabulary;
        var rows = TokenRow.Load(run.ML, TokenRow.Of(vocabulary), vocabulary.Count);
        for (int seed = options.Seed + split; ; seed += SeedStep)
        {
            run.CancellationToken.ThrowIfCancellationRequested();
            var sets = run.ML.Data.TrainTestSplit(rows, Share, samplingKeyColumnName: nameof(TokenRow.Group), seed: seed);
            int[] fitted = [.. sets.TrainSet.GetColumn<uint>(nameof(TokenRow.TokenId)).Select(key => (int)key - 1).Order()];
            if (fitted.Length >= 2 && fitted.Length < vocabulary.Count)
                return (sets, fitted);
        }
    }
}
