using OVPipeline.Checkpoints;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>A progress bar for each file that is fetched from the hub.</summary>
internal sealed class DownloadBars(ProgressContext context) : IProgress<HubProgress>
{
    private readonly Dictionary<string, ProgressTask> _bars = [];

    /// <inheritdoc/>
    public void Report(HubProgress value)
    {
        lock (_bars)
        {
            if (!_bars.TryGetValue(value.File, out var bar))
                _bars[value.File] = bar = context.AddTask(Markup.Escape(value.File));
            bar.MaxValue = value.Total ?? Math.Max(bar.MaxValue, value.Done + 1);
            bar.Value = value.Done;
            if (value.WaitsFor is { } holder)
                RunProgress.Say($"{value.File}: waits for {holder}.");
        }
    }
}
