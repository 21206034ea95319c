using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Trains models of one shape with several value ranks, the rank of queries and keys held: each in a folder of its own, resumed where it
/// was left, measured when it is done. Seed by seed, so that every seed that is done is done at all ranks.
/// </summary>
public sealed class ValueRankRuns
{
    private readonly AttentionOnlyConfig _shape;
    private readonly Vocabulary _vocabulary;
    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly InitialScales _scales;
    private readonly string _folder;

    /// <summary>Runs of one shape.</summary>
    /// <param name="shape">The models, but for their value rank and name.</param>
    /// <param name="vocabulary">Their tokens, V.</param>
    /// <param name="data">What they are trained and judged on.</param>
    /// <param name="options">How they are trained, but for the seed.</param>
    /// <param name="scales">Scales of their first weights.</param>
    /// <param name="folder">Where the runs and the file of results go.</param>
    public ValueRankRuns(AttentionOnlyConfig shape, Vocabulary vocabulary, TrainingData data, TrainingOptions options, InitialScales scales,
        string folder)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scales);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _shape = shape;
        _vocabulary = vocabulary;
        _data = data;
        _options = options;
        _scales = scales;
        _folder = folder;
    }

    /// <summary>Trains what is missing and writes each result as it comes.</summary>
    /// <param name="ranks">Value ranks.</param>
    /// <param name="seeds">Seeds 1 to this.</param>
    /// <param name="say">Told what is done, a sentence each; null for nobody.</param>
    /// <param name="progress">Told of every step of every run.</param>
    /// <param name="cancellationToken">Stops after a step; the run's state is saved.</param>
    /// <returns>All results of the folder: those that were there and the new ones.</returns>
    /// <exception cref="ArgumentException">The folder holds a run of other length.</exception>
    /// <exception cref="InvalidDataException">The folder's file is no file of results.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<ValueRankRow> Run(IReadOnlyList<int> ranks, int seeds, Action<string>? say = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        var rows = ValueRankRow.Read(_folder).ToList();
        foreach (int seed in Enumerable.Range(1, seeds))
            foreach (int rank in ranks)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"rank-{rank:d3}-seed-{seed}");
                if (rows.FirstOrDefault(row => row.ValueRank == rank && row.Seed == seed) is { } done)
                {
                    if (done.Tokens < _options.Tokens)
                        throw OtherLength($"{name} in {_folder} was trained on {done.Tokens:N0} tokens");
                    say?.Invoke($"{name} is done.");
                    continue;
                }
                var row = Train(rank, seed, Path.Combine(_folder, name), say, progress, cancellationToken);
                rows.Add(row);
                ValueRankRow.Write(_folder, rows);
                string best = string.Create(CultureInfo.InvariantCulture, $"{100 * row.BestTop1:0.0} %; loss {row.ValidationLoss:0.000}");
                say?.Invoke($"{name}: {row.CopyingHeads} copying heads, {row.InductionHeads} induction heads, {row.BothHeads} both; "
                    + $"best head {best}.");
            }
        return rows;
    }

    /// <summary>Measures the last layer of a trained model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="vocabulary">Its tokens, V.</param>
    /// <param name="seed">The seed that it was trained with.</param>
    /// <param name="result">How its training ended.</param>
    /// <param name="cancellationToken">Stops within a head.</param>
    public static ValueRankRow Measure(Transformer model, Vocabulary vocabulary, int seed, TrainingResult result,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(result);
        var weights = model.Weights;
        var config = weights.Config;
        int last = config.Layers - 1;
        var probe = new BehaviourProbe(new TransformerCheckpoint(weights, vocabulary), new(), cancellationToken);
        var scores = probe.Measure(model, cancellationToken: cancellationToken).Heads.Where(head => head.Head.Layer == last);
        GateRow[] heads = [.. scores.Select(head => new GateRow(head.Head, head.InductionScore, Top1(head.Head)))];
        return new()
        {
            ValueRank = config.DValue,
            Seed = seed,
            Tokens = result.Tokens,
            ValidationLoss = result.ValidationLoss,
            CopyingHeads = heads.Count(head => head.Top1 >= GateRow.LeastCopying),
            InductionHeads = heads.Count(head => head.Induction >= GateRow.LeastInduction),
            BothHeads = heads.Count(head => head.Passes),
            BestTop1 = heads.Max(head => head.Top1),
            LayerTop1 = Top1([.. config.HeadsOf(last)]),
            BestInduction = heads.Max(head => head.Induction),
            EffectiveCopying = ValueRankRow.Effective([.. heads.Select(head => head.Top1)]),
            EffectiveInduction = ValueRankRow.Effective([.. heads.Select(head => head.Induction)]),
            Shape = ValueRankShape.Of(config),
        };

        double Top1(params HeadIndex[] summed)
        {
            bool[] copied = CopiedSets.CopiedBy(TokenCircuit.OfHeads(weights, summed, cancellationToken), cancellationToken);
            return copied.Count(one => one) / (double)config.Vocabulary;
        }
    }

    private ValueRankRow Train(
        int rank, int seed, string path, Action<string>? say, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var output = new TrainingOutput(new TrainingFolder(path, keep: 1));
        var from = output.Folder.Folders.Count > 0 ? output.Folder.LoadLast() : null;
        var own = _options with { Seed = seed };
        if (from is not null && from.State.Options.Tokens != own.Tokens)
            throw OtherLength($"{path} holds a run of {from.State.Options.Tokens:N0} tokens");
        string name = Path.GetFileName(path);
        say?.Invoke(from is null ? $"Training {name}." : $"Going on with {name} at {from.State.Tokens:N0} tokens.");
        var model = from?.Model ?? new Transformer(_shape with { DValue = rank, Name = name }, _scales, seed);
        var trainer = new AttentionOnlyTrainer(own);
        var result = from is null
            ? trainer.Fit(model, _data, output, progress, cancellationToken)
            : trainer.Resume(from, _data, output, progress, cancellationToken);
        return Measure(model, _vocabulary, seed, result, cancellationToken);
    }

    private ArgumentException OtherLength(string what) => new($"{what}, {_options.Tokens:N0} are asked for: name another folder.");
}
