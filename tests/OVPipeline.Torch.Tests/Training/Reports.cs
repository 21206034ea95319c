namespace OVPipeline.Torch.Tests;

/// <summary>Keeps what a trainer reports, and cancels after a step.</summary>
internal sealed class Reports(CancellationTokenSource? stop = null, long after = long.MaxValue) : IProgress<TrainingProgress>
{
    public List<TrainingProgress> All { get; } = [];

    public void Report(TrainingProgress value)
    {
        All.Add(value);
        if (value.Step == after)
            stop!.Cancel();
    }
}
