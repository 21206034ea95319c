using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>From what a model does to data.</summary>
public static class BehaviourCatalog
{
    /// <summary>
    /// Runs a model and gives a row for each of its heads, with the columns of <see cref="HeadBehaviourRow"/>. Everything is measured now,
    /// once.
    /// </summary>
    /// <param name="catalog">The data catalog, <c>ml.Data</c>.</param>
    /// <param name="model">The model; an encoder predicts no next tokens, and only what its heads attend to is measured.</param>
    /// <param name="options">What to measure on.</param>
    /// <param name="without">Heads to zero-ablate for the columns that end in <c>Without</c>.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <exception cref="CheckpointException">The model has no forward pass here, or the text cannot be read.</exception>
    /// <exception cref="ArgumentException">An option or a head does not fit the model.</exception>
    /// <exception cref="TorchUnavailableException">libtorch cannot be loaded.</exception>
    public static IDataView LoadHeadBehaviour(
        this DataOperationsCatalog catalog,
        TransformerCheckpoint model,
        BehaviourOptions options,
        IReadOnlyList<HeadIndex>? without = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        without ??= [];
        foreach (var head in without)
            model.Weights.Config.RequireHead(head);
        using var module = Transformer.FromWeights(model.Weights.Model);
        var probe = new BehaviourProbe(model, options, cancellationToken);
        int passes = without.Count == 0 ? 1 : 2;
        var intact = probe.Measure(module, null, Part(0), cancellationToken);
        var ablated = without.Count == 0
            ? intact
            : probe.Measure(module, HeadInterventions.None.ZeroAblate(without), Part(1), cancellationToken);
        var rows = intact.Heads.Zip(ablated.Heads, (head, other) =>
            Row(model.Weights, intact, ablated, head, other, without.Contains(head.Head), cancellationToken)).ToArray();
        var schema = SchemaDefinition.Create(typeof(HeadBehaviourRow));
        var bySequence = new VectorDataViewType(NumberDataViewType.Double, options.Sequences);
        schema[nameof(HeadBehaviourRow.InductionBySequence)].ColumnType = bySequence;
        return catalog.LoadFromEnumerable(rows, schema);

        IProgress<double>? Part(int part) => progress is null ? null : new PartOf(progress, part, passes);
    }

    private static HeadBehaviourRow Row(
        TransformerWeights weights,
        ModelBehaviour intact,
        ModelBehaviour ablated,
        HeadBehaviour head,
        HeadBehaviour other,
        bool isAblated,
        CancellationToken cancellationToken)
    {
        int[] ranks = weights.Config.NoCopying is null
            ? Ranks(TokenCircuit.OfHeads(weights, [head.Head], cancellationToken), cancellationToken)
            : [];
        return new()
        {
            Head = head.Head.Label,
            Layer = head.Head.Layer,
            Index = head.Head.Head,
            Ablated = isAblated,
            CopyingTop1 = Within(1),
            CopyingTop5 = Within(5),
            InductionScore = head.InductionScore,
            InductionScoreWithout = other.InductionScore,
            InductionBySequence = [.. head.InductionBySequence],
            PreviousTokenScore = head.PreviousTokenScore,
            PreviousTokenScoreWithout = other.PreviousTokenScore,
            DuplicateTokenScore = head.DuplicateTokenScore,
            DuplicateTokenScoreWithout = other.DuplicateTokenScore,
            PreviousTokenScoreOnText = head.PreviousTokenScoreOnText,
            ValidationLoss = intact.ValidationLoss,
            ValidationLossWithout = ablated.ValidationLoss,
            ValidationLossByWindow = [.. intact.LossByWindow],
            ValidationLossByWindowWithout = [.. ablated.LossByWindow],
            ValidationTokens = intact.ValidationTokens,
            RepeatAccuracyBySequence = [.. intact.RepeatAccuracyBySequence],
            RepeatAccuracyBySequenceWithout = [.. ablated.RepeatAccuracyBySequence],
            RepeatTokens = intact.RepeatTokens,
            TaskLossBySequence = [.. intact.Task?.LossBySequence ?? []],
            TaskLossBySequenceWithout = [.. ablated.Task?.LossBySequence ?? []],
            TaskAccuracyBySequence = [.. intact.Task?.AccuracyBySequence ?? []],
            TaskAccuracyBySequenceWithout = [.. ablated.Task?.AccuracyBySequence ?? []],
            TaskPositions = intact.Task?.Positions ?? 0,
            NameRepeated = [.. intact.NameRepeated],
            NameRepeatedWithout = [.. ablated.NameRepeated],
            RepeatAccuracy = intact.RepeatAccuracy,
            RepeatAccuracyWithout = ablated.RepeatAccuracy,
            NameAccuracy = intact.NameAccuracy,
            NameAccuracyWithout = ablated.NameAccuracy,
        };

        double Within(int k) => ranks.Count(rank => rank <= k) / (double)ranks.Length; // NaN of none
    }

    private static int[] Ranks(TokenCircuit circuit, CancellationToken cancellationToken) =>
        CpuEngine.Shared.ScoreVocabulary(circuit, new() { LabelRank = true }, cancellationToken: cancellationToken).LabelRanks;

    private sealed class PartOf(IProgress<double> whole, int part, int parts) : IProgress<double>
    {
        public void Report(double value) => whole.Report((part + value) / parts);
    }
}
