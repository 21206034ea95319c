using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>The comparison itself: circuits of the layer whose heads copy best, and copiers trained through the same W_E and W_U.</summary>
internal sealed class ClaimRun(ClaimOptions options, CancellationToken cancellationToken)
{
    private const int Splits = 3; // of a rank: enough to see how far apart they lie

    private readonly MLContext _ml = new(options.Seed);
    private readonly List<CopyingRow> _rows = [];
    private readonly Stopwatch _total = Stopwatch.StartNew(), _load = new(), _extract = new(), _fit = new(), _score = new();
    private TransformerCheckpoint _model = null!;
    private IDataView _tokens = null!;
    private ITransformer _copier = null!;
    private CopyingHeads _found = null!;

    public void Measure(ProgressContext progress)
    {
        AtomicFile.RequireWritable(options.Out); // fail now rather than after the work
        if (options.TestFraction is not (> 0 and < 1))
            throw new ArgumentException(
                $"--test-fraction must be between 0 and 1, was {options.TestFraction.ToString(CultureInfo.InvariantCulture)}.");
        _model = Timed(_load, () => options.Load(progress, cancellationToken));
        var config = _model.Weights.Config;
        config.RequireCopying();
        foreach (var head in options.Heads ?? [])
            config.RequireHead(head);
        if (options.Top is { } top && (top < 1 || top > config.OutputVocabulary))
            throw new ArgumentException($"--top must be in [1, {config.OutputVocabulary}], was {top}.");
        _tokens = _ml.Data.LoadVocabulary(_model);
        if (options.Rank is { } asked && (asked < 1 || asked > config.DModel))
            throw new ArgumentException($"--rank must be in [1, {config.DModel}], was {asked}.");
        int[] ranks = [.. new[] { options.Rank ?? config.DValue, config.DValue, config.CapacityMatchedRank() }.Distinct()];

        _found = progress.Part("copying heads and pairs", 1, done => Timed(_score, () => Search(done)));
        var sum = options.Heads ?? (_found.BestPair ?? _found.BestHead).Heads;
        int[] layers = [.. sum.Select(head => head.Layer).Distinct().Order()];
        HeadIndex[] heads = [.. layers.SelectMany(config.HeadsOf)];
        string names = string.Join(" + ", sum);
        progress.Part("heads", heads.Length,
            done => heads.Select(head => Model(CircuitKind.Head, $"head {head}", () => Extract(head), done)).ToList());
        progress.Part("sums", 3 + layers.Length, done =>
        {
            Model(CircuitKind.Pair, $"heads {names}", () => Extract([.. sum]), done);
            if (sum.Count > 1)
                Model(CircuitKind.Truncated, $"heads {names}, truncated", () => Extract([.. sum]).Truncate(config.DValue), done);
            foreach (int layer in layers)
                Model(CircuitKind.Layer, $"all of layer {layer}", () => Extract([.. config.HeadsOf(layer)]), done);
            return Model(CircuitKind.Direct, "direct path", () => TokenCircuit.Direct(_model.Weights), done);
        });
        progress.Part("trained", ranks.Length, done => ranks.Select(rank => Trained(rank, _tokens, _tokens, options.Seed, done)).ToList());
        progress.Part("held out", ranks.Length * Splits, done => ranks.SelectMany(rank => HeldOut(rank, done)).ToList());
    }

    public CopyingResults Save()
    {
        string zip = Path.Combine(options.Out, "copier.zip");
        AtomicFile.Write(zip, path => _ml.Model.Save(_copier, _tokens.Schema, path));
        bool equal = ScoreDigest.InNewProcess(zip) == ScoreDigest.Of(_ml, _copier.WithEngine(CpuEngine.Shared).Transform(_tokens));
        cancellationToken.ThrowIfCancellationRequested();
        var config = _model.Weights.Config;
        string picture = Path.Combine(options.Out, "comparison.png");
        CopyingPicture.Save(picture, $"Copying by {config.Name}", [.. _rows.Where(row => !row.HeldOut)]);
        ClaimPicture.Save(Path.Combine(options.Out, "claim.png"), [ClaimFigures.Of(config.Name, config.Vocabulary, _rows)]);
        var seconds = new CopyingSeconds(Of(_load), Of(_extract), Of(_fit), Of(_score), Of(_total));
        var results = new CopyingResults(config, _rows, seconds, new(zip, new FileInfo(zip).Length, equal))
        {
            OffScale = ScaleMark.Sentence(_model.Weights),
            Seed = options.Seed,
            InstructionSet = CpuEngine.InstructionSet,
        };
        AtomicFile.Write(Path.Combine(options.Out, "results.json"), path => File.WriteAllText(path, results.ToJson()));
        return results;

        static double Of(Stopwatch watch) => watch.Elapsed.TotalSeconds;
    }

    /// <summary>Where results go.</summary>
    public string Out => options.Out;

    /// <summary>Why tokens have no names, or no text can be split into them; null where there is a tokenizer.</summary>
    public string? NoTokenizer => _model.NoTokenizer;

    /// <summary>What was done to the stored weights, in words.</summary>
    public string Processing => _model.Weights.Processing is { Count: > 0 } clauses ? string.Join(", ", clauses) : "as stored";

    /// <summary>What the search for copying heads found, and which fits cannot be what they are meant to be.</summary>
    public IEnumerable<string> CopyingWords()
    {
        if (CopyingSentences.NoCopyingHead(_found) is { } none)
            yield return none;
        else if (options.Heads is null && CopyingSentences.BestPair(_found) is { } pair)
            yield return pair;
        foreach (string failed in ClaimChecks.Failed(_rows, _model.Weights))
            yield return failed;
    }

    /// <summary>A sentence for each rank: what copiers do on tokens that they were not trained on.</summary>
    public IEnumerable<string> HeldOutSentences()
    {
        foreach (var rows in _rows.Where(row => row.HeldOut).GroupBy(row => row.Rank))
        {
            double[] top1 = [.. rows.Select(row => row.Top1)];
            yield return $"Trained at rank {rows.Key} without {options.TestFraction:P0} of the tokens, on those: "
                + $"top-1 {100 * top1.Average():0.0} %, from {100 * top1.Min():0.0} to {100 * top1.Max():0.0} "
                + $"over {top1.Length} random splits.";
        }
    }

    private TokenCircuit Extract(params IReadOnlyList<HeadIndex> heads) => TokenCircuit.OfHeads(_model.Weights, heads);

    // Heads that are asked for need no best pair to be looked for.
    private CopyingHeads Search(Action<double> done)
    {
        var search = new CopyingHeadsOptions
        {
            Engine = options.Engine,
            Progress = new Progress<CopyingProgress>(at => done(1.0 / at.Total)),
            CancellationToken = cancellationToken,
        };
        return _ml.OVCircuits().FindCopyingHeads(_model, options.Heads is null ? search : search with { MostPairs = 1 });
    }

    private CopyingRow Model(CircuitKind kind, string name, Func<TokenCircuit> extract, Action<double> done)
    {
        GiveBack();
        var estimator = _ml.Transforms.ApplyTokenCircuit("Circuit", "TokenId", Timed(_extract, extract), _model.Vocabulary);
        return Score(kind, name, estimator.Append(Scoring()).Fit(_tokens), _tokens, false, done);
    }

    private CopyingRow Trained(int rank, IDataView train, IDataView test, int seed, Action<double> done)
    {
        GiveBack();
        var trainer = _ml.OVCircuits().Trainers.LowRankCopier(_model, new LowRankCopierTrainer.Options
        {
            Fit = new() { Rank = rank, Seed = seed, Engine = options.Engine },
            CancellationToken = cancellationToken,
        });
        var fitted = Timed(_fit, () => trainer.Append(Scoring()).Fit(train));
        cancellationToken.ThrowIfCancellationRequested();
        if (train == test)
            _copier ??= fitted;
        return Score(CircuitKind.Trained, "trained copier", fitted, test, train != test, done);
    }

    private IEnumerable<CopyingRow> HeldOut(int rank, Action<double> done)
    {
        foreach (int seed in Enumerable.Range(options.Seed, Splits))
        {
            var split = _ml.Data.TrainTestSplit(_tokens, options.TestFraction, seed: seed);
            yield return Trained(rank, split.TrainSet, split.TestSet, seed, done);
        }
    }

    private TopKScoringEstimator Scoring() => _ml.Transforms.ScoreTopK(new TopKScoringEstimator.Options
    {
        K = options.Top ?? Math.Min(5, _model.Vocabulary.Count),
        Engine = options.Engine,
        CancellationToken = cancellationToken,
    });

    private CopyingRow Score(
        CircuitKind kind, string name, ITransformer fitted, IDataView data, bool heldOut, Action<double> done) => Timed(_score, () =>
    {
        var scored = fitted.Transform(data);
        var row = _ml.OVCircuits().EvaluateCopying(scored, name, kind, engine: options.Engine, cancellationToken: cancellationToken);
        row = row with { HeldOut = heldOut };
        _rows.Add(row);
        done(1);
        return row;
    });

    // What the row before was made of, which of a whole layer is three times W_E. No frame that made it is left, and so no reference.
    private static void GiveBack() => GC.Collect();

    private static T Timed<T>(Stopwatch stopwatch, Func<T> work)
    {
        stopwatch.Start();
        try
        {
            return work();
        }
        finally
        {
            stopwatch.Stop();
        }
    }
}
