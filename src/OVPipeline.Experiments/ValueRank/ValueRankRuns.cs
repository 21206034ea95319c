using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Trains models of one shape with several value ranks, the rank of queries and keys held: each in a folder of its own, resumed where it
/// was left,
/// measured when it is done. Seed by seed, so that every seed that is done is done at all ranks.
/// </summary>
internal sealed class ValueRankRuns(AttentionOnlyConfig shape, Vocabulary vocabulary, TrainingData data, TrainingOptions options, InitialScales scales, string folder)
{
    /// <summary>Trains what is missing and writes each result as it comes.</summary>
    /// <param name="ranks">Value ranks.</param>
    /// <param name="seeds">Seeds 1 to this.</param>
    /// <param name="say">Told what is done, a sentence each.</param>
    /// <param name="progress">A progress for each run.</param>
    /// <param name="cancellationToken">Stops after a step; the run's state is saved.</param>
    /// <exception cref="ArgumentException">The folder holds a run of other length.</exception>
    public IReadOnlyList<ValueRankRow> Run(IReadOnlyList<int> ranks, int seeds, Action<string> say, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var rows = ValueRankRow.Read(folder).ToList();
        foreach (int seed in Enumerable.Range(1, seeds))
            foreach (int rank in ranks)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"rank-{rank:d3}-seed-{seed}");
                if (rows.FirstOrDefault(row => (row.ValueRank, row.Seed) == (rank, seed)) is { } done)
                {
                    say(done.Tokens >= options.Tokens ? $"{name} is done." : throw new ArgumentException($"{name} in {folder} was trained on {done.Tokens:N0} tokens, {options.Tokens:N0} are asked for: name another folder."));
                    continue;
                }
                var row = Train(rank, seed, Path.Combine(folder, name), say, progress, cancellationToken);
                rows.Add(row);
                ValueRankRow.Write(folder, rows);
                say(string.Create(CultureInfo.InvariantCulture, $"{name}: {row.CopyingHeads} copying heads, {row.InductionHeads} induction heads, {row.BothHeads} both; best head {100 * row.BestTop1:0.0} %; loss {row.ValidationLoss:0.000}."));
            }
        return rows;
    }

    /// <summary>Measures a trained model.</summary>
    public static ValueRankRow Measure(AttentionOnlyTransformer model, Vocabulary vocabulary, int seed, TrainingResult result, CancellationToken cancellationToken)
    {
        var weights = model.Weights;
        var config = weights.Config;
        double Top1(params HeadIndex[] heads) => CopiedSets.CopiedBy(TokenCircuit.OfHeads(weights, heads), cancellationToken).Count(copied => copied) / (double)config.Vocabulary;
        var probe = new BehaviourProbe(new TransformerCheckpoint(weights, vocabulary), new(), cancellationToken);
        GateRow[] heads = [.. probe.Measure(model, cancellationToken: cancellationToken).Heads.Where(head => head.Head.Layer == config.Layers - 1).Select(head => new GateRow(head.Head, head.InductionScore, Top1(head.Head)))];
        return new(config.DValue, seed, result.Tokens, result.ValidationLoss, heads.Count(head => head.Top1 >= GateRow.LeastCopying), heads.Count(head => head.Induction >= GateRow.LeastInduction),
            heads.Count(head => head.Passes), heads.Max(head => head.Top1), Top1([.. config.HeadsOf(config.Layers - 1)]), heads.Max(head => head.Induction),
            ValueRankRow.Effective([.. heads.Select(head => head.Top1)]), ValueRankRow.Effective([.. heads.Select(head => head.Induction)]))
        {
            Shape = ValueRankShape.Of(config),
        };
    }

    private ValueRankRow Train(int rank, int seed, string path, Action<string> say, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var output = new TrainingOutput(new TrainingFolder(path, keep: 1));
        var from = output.Folder.Folders.Count > 0 ? output.Folder.LoadLast() : null;
        var own = options with { Seed = seed };
        if (from is not null && from.State.Options.Tokens != own.Tokens)
            throw new ArgumentException($"{path} holds a run of {from.State.Options.Tokens:N0} tokens, {own.Tokens:N0} are asked for: name another folder.");
        say(from is null ? $"Training {Path.GetFileName(path)}." : $"Going on with {Path.GetFileName(path)} at {from.State.Tokens:N0} tokens.");
        var model = from?.Model ?? new AttentionOnlyTransformer(shape with { DValue = rank, Name = Path.GetFileName(path) }, scales, seed);
        var trainer = new AttentionOnlyTrainer(own);
        var result = from is null ? trainer.Fit(model, data, output, progress, cancellationToken) : trainer.Resume(from, data, output, progress, cancellationToken);
        return Measure(model, vocabulary, seed, result, cancellationToken);
    }
}
