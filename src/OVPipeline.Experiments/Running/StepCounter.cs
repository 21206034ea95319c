namespace OVPipeline.Experiments;

/// <summary>Counts an experiment's steps and reports each before it is taken.</summary>
public sealed class StepCounter
{
    private readonly int _total;
    private readonly IProgress<ExperimentProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private int _done;

    internal StepCounter(int total, IProgress<ExperimentProgress>? progress, CancellationToken cancellationToken)
    {
        _total = total;
        _progress = progress;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Runs the next step.</summary>
    /// <param name="doing">What it does, in a few words.</param>
    /// <param name="step">Does it.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public T Next<T>(string doing, Func<T> step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _cancellationToken.ThrowIfCancellationRequested();
        Report(doing);
        var result = step();
        _done++;
        return result;
    }

    /// <summary>Tells how far the step is that is being taken.</summary>
    internal void Report(string doing) => _progress?.Report(new(Math.Min(1, _done / (double)Math.Max(1, _total)), doing));
}
