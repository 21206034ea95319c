namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Counts an experiment's steps and reports each before it is taken.</summary>
internal sealed class Steps(int total, IProgress<ExperimentProgress> progress, CancellationToken cancellationToken)
{
    private int _done;

    /// <summary>Runs the next step.</summary>
    public T Next<T>(string doing, Func<T> step)
    {
        cancellationToken.ThrowIfCancellationRequested();
        progress.Report(new(Math.Min(1, _done / (double)Math.Max(1, total)), doing));
        var result = step();
        _done++;
        return result;
    }
}
