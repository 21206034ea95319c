namespace OVPipeline.Benchmarks;

/// <summary>A fit with libtorch and what it took so far.</summary>
internal sealed class TorchRun(string name, TorchFit fit)
{
    public string Name => name;

    public TorchFit Fit => fit;

    /// <summary>Time of the steps alone.</summary>
    public double Seconds { get; private set; }

    public double? PeakMegabytes { get; private set; }

    public double? SecondsToTarget { get; private set; }

    public int? StepsToTarget { get; private set; }

    public void TakeSteps(int count)
    {
        var (seconds, peak) = Interleaving.Measure(() => fit.TakeSteps(count));
        Seconds += seconds;
        PeakMegabytes = peak is null ? null : Math.Max(peak.Value, PeakMegabytes ?? 0);
    }

    /// <summary>Looks whether the target is reached: at a sample of the tokens, and at all of them where that is near it.</summary>
    public void Look(SyntheticModel model, int sampleEvery, double margin)
    {
        if (SecondsToTarget is not null || Copying.Accuracy(model, fit.Factors, sampleEvery) < CompareOptions.Target - margin)
            return;
        if (Copying.Accuracy(model, fit.Factors) < CompareOptions.Target)
            return;
        (SecondsToTarget, StepsToTarget) = (Seconds, fit.Step);
    }
}
