using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>A progress bar over the steps of an atlas, named after the last one.</summary>
internal sealed class AtlasBar(ProgressTask bar) : IProgress<AtlasProgress>
{
    /// <inheritdoc/>
    public void Report(AtlasProgress value) => (bar.Description, bar.MaxValue, bar.Value) = (value.Part, value.Total, value.Done);
}
