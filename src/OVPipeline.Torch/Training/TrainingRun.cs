using System.Diagnostics;

namespace OVPipeline.Torch;

/// <summary>One run of a trainer.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly AttentionOnlyTransformer _model;
    private readonly TrainingOptions _options;
    private readonly TrainingOutput? _output;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly TokenBatch _batch;
    private readonly float[] _weights;
    private readonly int[] _lastSeen;
    private readonly AdamW _optimizer;
    private readonly BatchSequence _batches;
    private readonly TrainingMeasures _measures;
    private readonly TrainingStep _step;
    private readonly LearningRate _rate;
    private readonly long _steps;
    private TrainingState _state;
    private TrainingLog? _log;

    public TrainingRun(AttentionOnlyTransformer model, TrainingData data, TrainingOptions options, int context, TrainingOutput? output, IProgress<TrainingProgress>? progress)
    {
        (_model, _options, _output, _progress) = (model, options, output, progress);
        int threads = options.ThreadCount;
        _steps = options.StepsFor(context);
        _rate = new(options.LearningRate, options.WarmUpSteps, options.DecayFrom, options.LowestRate);
        _batch = new(options.BatchSize, context);
        _weights = new float[_batch.Inputs.Length];
        _weights.AsSpan().Fill(1);
        _lastSeen = new int[model.Config.Vocabulary];
        _batches = new(data.Training, context, SplitMix64.Combine((ulong)options.Seed));
        _measures = new(model, data, context, options.ValidationWindows, threads);
        _optimizer = new(ParameterSelection.Of(model, options), threads, options.MeanDecay, options.SquareDecay);
        _state = new()
        {
            Options = options,
            TokenizerDigest = data.Training.TokenizerDigest,
            DataCounts = [.. data.Training.Parts.Select(part => part.File.Count)],
            DataShares = [.. data.Training.Parts.Select(part => part.Share)],
        };
        _step = new(model, _optimizer.Parameters, options.BatchSize, context, threads, options.HalfPrecision);
    }

    /// <summary>Goes to where a checkpoint stands.</summary>
    /// <exception cref="ArgumentException">The data are others.</exception>
    public void Restore(TrainingCheckpoint checkpoint)
    {
        var saved = checkpoint.State;
        if (saved.TokenizerDigest != _state.TokenizerDigest)
            throw new ArgumentException($"The data were made with another tokenizer than the run in {checkpoint.Folder}.");
        if (!saved.DataCounts.SequenceEqual(_state.DataCounts) || !saved.DataShares.SequenceEqual(_state.DataShares))
            throw new ArgumentException($"The data are not those of the run in {checkpoint.Folder}: it has token files of {string.Join(", ", saved.DataCounts)} tokens with shares "
                + $"{string.Join(", ", saved.DataShares)}, these have {string.Join(", ", _state.DataCounts)} and {string.Join(", ", _state.DataShares)}.");
        _state = saved with { Options = _options };
        checkpoint.Restore(_optimizer);
        _batches.Seek(saved.Step * _batch.Sequences);
    }

    public TrainingResult Go(CancellationToken cancellationToken)
    {
        _output?.Folder.Prepare();
        _log = _output is null ? null : new(_output.Folder.Path, _state.Step);
        var sinceSave = Stopwatch.StartNew();
        var sinceRow = (_state.Tokens, _state.Seconds);
        var watch = new Stopwatch();
        double before = _state.Seconds, speed = 0;
        TrainingRow? last = null;
        long savedStep = -1;
        while (_state.Step < _steps)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                if (_output is not null && savedStep != _state.Step)
                    Save();
                cancellationToken.ThrowIfCancellationRequested();
            }
            watch.Start();
            double loss = Advance(out double learningRate);
            watch.Stop();
            double seconds = before + watch.Elapsed.TotalSeconds, now = _batch.Inputs.Length / Math.Max(1e-9, seconds - _state.Seconds);
            speed = speed == 0 ? now : 0.95 * speed + 0.05 * now;
            long tokens = _state.Tokens;
            _state = _state with
            {
                Step = _state.Step + 1,
                Tokens = tokens + _batch.Inputs.Length,
                Seconds = seconds,
                LossSum = _state.LossSum + loss,
                LossCount = _state.LossCount + 1,
            };
            bool ends = _state.Step == _steps;
            TrainingRow? row = null;
            if (_log is not null && (ends || _state.Tokens / _options.LogTokens > tokens / _options.LogTokens))
            {
                last = row = Row(learningRate, sinceRow);
                _log.Add(row);
                _state = _state with { LossSum = 0, LossCount = 0 };
                sinceRow = (_state.Tokens, _state.Seconds);
            }
            if (_output?.SnapshotTokens is { } every && _state.Tokens / every > tokens / every)
                _output.Folder.SaveModel(_model, _output.Tokenizer, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"snapshots/tokens-{_state.Tokens:d12}"));
            string? saved = null;
            if (_output is not null && (ends || sinceSave.Elapsed.TotalMinutes >= _output.CheckpointMinutes))
            {
                saved = Save();
                savedStep = _state.Step;
                sinceSave.Restart();
            }
            _progress?.Report(new(_state.Step, _steps, _state.Tokens, loss, learningRate, speed, row, saved));
        }
        _output?.Folder.SaveModel(_model, _output.Tokenizer, "model");
        return new(_state.Step, _state.Tokens, _state.Seconds, last?.ValidationLoss ?? _measures.Loss(), last);
    }

    public void Dispose() => _step.Dispose();

    // The update is made only of finite gradients, so weights never take a step towards NaN.
    private double Advance(out double learningRate)
    {
        _batches.Fill(_batch);
        if (_options.RepeatWeight != 1)
            _batch.WeighRepeats((float)_options.RepeatWeight, _weights, _lastSeen);
        double loss = _step.Run(_batch, _weights);
        double norm = double.IsFinite(loss) ? _optimizer.GradientNorm() : double.NaN;
        learningRate = _rate.At(_state.Step, _steps);
        if (!double.IsFinite(norm))
            throw new TrainingDivergedException($"The loss of step {_state.Step + 1} is {loss} and the norm of its gradient {norm}: training stopped before the step was taken"
                + (_output?.Folder.Folders is [var newest, ..] ? $"; the last good state is {newest}" : "") + ". A lower learning rate or a longer warm-up may help.");
        _optimizer.Step(learningRate, _options.WeightDecay, norm > _options.ClipNorm ? _options.ClipNorm / norm : 1);
        return loss;
    }

    private TrainingRow Row(double learningRate, (long Tokens, double Seconds) before) => _measures.Measure(new()
    {
        Step = _state.Step,
        Tokens = _state.Tokens,
        Seconds = _state.Seconds,
        TrainLoss = _state.LossSum / _state.LossCount,
        LearningRate = learningRate,
        TokensPerSecond = (_state.Tokens - before.Tokens) / Math.Max(1e-9, _state.Seconds - before.Seconds),
        ValidationLoss = double.NaN,
        Induction = [],
        PreviousToken = [],
        Heads = [],
        BestPair = null,
        InductionPair = null,
        Layer = new("", 0, 0),
    });

    private string Save() => _output!.Folder.Save(_model, _optimizer, _state with { Drawn = [.. _batches.Drawn] }, _output.Tokenizer);
}
