using OVPipeline.Experiments;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>An experiment's progress as a bar.</summary>
internal sealed class ExperimentBar(ProgressContext bars, ExperimentInfo experiment) : IProgress<ExperimentProgress>
{
    private readonly ProgressTask _bar = bars.AddTask(Markup.Escape(experiment.Title), maxValue: 1);

    public void Report(ExperimentProgress value)
    {
        _bar.Value = value.Share;
        _bar.Description = Markup.Escape(value.Share < 1 ? $"{experiment.Title}: {value.Doing}" : experiment.Title);
    }
}
