using System.Diagnostics;
using System.Globalization;

namespace OVPipeline.Torch;

/// <summary>One run of a trainer.</summary>
internal sealed class TrainingRun : IDisposable
{
    // The speed that progress is told is a moving mean over about this many steps: 1 / (1 - 0.95) = 20.
    private const double SpeedKeep = 0.95;

    // What a clock may read for a step that took no time it can tell.
    private const double ShortestSeconds = 1e-9;

    private readonly Transformer _model;
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

    // Where the last row of the log stands: its speed is counted from there.
    private (long Tokens, double Seconds) _lastRowAt;

    public TrainingRun(
        Transformer model,
        TrainingData data,
        TrainingOptions options,
        int context,
        TrainingOutput? output,
        IProgress<TrainingProgress>? progress)
    {
        _model = model;
        _options = options;
        _output = output;
        _progress = progress;
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

    private bool Ends => _state.Step == _steps;

    /// <summary>Goes to where a checkpoint stands.</summary>
    /// <exception cref="ArgumentException">The data are others.</exception>
    public void Restore(TrainingCheckpoint checkpoint)
    {
        var saved = checkpoint.State;
        if (saved.TokenizerDigest != _state.TokenizerDigest)
            throw new ArgumentException($"The data were made with another tokenizer than the run in {checkpoint.Folder}.");
        if (!saved.DataCounts.SequenceEqual(_state.DataCounts) || !saved.DataShares.SequenceEqual(_state.DataShares))
            throw new ArgumentException(
                $"The data are not those of the run in {checkpoint.Folder}: " +
                $"it has token files of {string.Join(", ", saved.DataCounts)} tokens with shares {string.Join(", ", saved.DataShares)}, " +
                $"these have {string.Join(", ", _state.DataCounts)} and {string.Join(", ", _state.DataShares)}.");
        _state = saved with { Options = _options };
        checkpoint.Restore(_optimizer);
        _batches.Seek(saved.Step * _batch.Sequences);
    }

    public TrainingResult Go(CancellationToken cancellationToken)
    {
        _output?.Folder.Prepare();
        _log = _output is null ? null : new(_output.Folder.Path, _state.Step);
        _lastRowAt = (_state.Tokens, _state.Seconds);
        var sinceSave = Stopwatch.StartNew();
        var training = new Stopwatch();
        double secondsBefore = _state.Seconds;
        double speed = 0;
        TrainingRow? last = null;
        long savedStep = -1;
        while (!Ends)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                if (_output is not null && savedStep != _state.Step)
                    Save();
                cancellationToken.ThrowIfCancellationRequested();
            }
            long tokensBefore = _state.Tokens;
            training.Start();
            double loss = Advance(out double learningRate);
            training.Stop();
            double seconds = secondsBefore + training.Elapsed.TotalSeconds;
            double now = _batch.Inputs.Length / Math.Max(ShortestSeconds, seconds - _state.Seconds);
            speed = speed == 0 ? now : (SpeedKeep * speed) + ((1 - SpeedKeep) * now);
            _state = _state with
            {
                Step = _state.Step + 1,
                Tokens = tokensBefore + _batch.Inputs.Length,
                Seconds = seconds,
                LossSum = _state.LossSum + loss,
                LossCount = _state.LossCount + 1,
            };
            TrainingRow? row = _log is not null && (Ends || Passed(_options.LogTokens, tokensBefore)) ? AddRow(_log, learningRate) : null;
            last = row ?? last;
            if (_output?.SnapshotTokens is { } every && Passed(every, tokensBefore))
                SaveSnapshot(_output);
            string? saved = null;
            if (_output is not null && (Ends || sinceSave.Elapsed.TotalMinutes >= _output.CheckpointMinutes))
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

    /// <summary>Whether the last step went over a multiple of a number of tokens.</summary>
    private bool Passed(long every, long tokensBefore) => _state.Tokens / every > tokensBefore / every;

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
            throw Diverged(loss, norm);
        double gradientScale = norm > _options.ClipNorm ? _options.ClipNorm / norm : 1;
        _optimizer.Step(learningRate, _options.WeightDecay, gradientScale);
        return loss;
    }

    private TrainingDivergedException Diverged(double loss, double norm)
    {
        string lastGood = _output?.Folder.Folders is [var newest, ..] ? $"; the last good state is {newest}" : "";
        return new(
            $"The loss of step {_state.Step + 1} is {loss} and the norm of its gradient {norm}: " +
            $"training stopped before the step was taken{lastGood}. A lower learning rate or a longer warm-up may help.");
    }

    private TrainingRow AddRow(TrainingLog log, double learningRate)
    {
        TrainingRow row = _measures.Measure(new()
        {
            Step = _state.Step,
            Tokens = _state.Tokens,
            Seconds = _state.Seconds,
            TrainLoss = _state.LossSum / _state.LossCount,
            LearningRate = learningRate,
            TokensPerSecond = (_state.Tokens - _lastRowAt.Tokens) / Math.Max(ShortestSeconds, _state.Seconds - _lastRowAt.Seconds),
            ValidationLoss = double.NaN,
            Induction = [],
            PreviousToken = [],
            Heads = [],
            BestPair = null,
            InductionPair = null,
            Layer = new("", 0, 0),
        });
        log.Add(row);
        _state = _state with { LossSum = 0, LossCount = 0 };
        _lastRowAt = (_state.Tokens, _state.Seconds);
        return row;
    }

    private void SaveSnapshot(TrainingOutput output)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"snapshots/tokens-{_state.Tokens:d12}");
        output.Folder.SaveModel(_model, output.Tokenizer, name);
    }

    private string Save() =>
        _output!.Folder.Save(_model, _optimizer, _state with { Drawn = [.. _batches.Drawn] }, _output.Tokenizer);
}
