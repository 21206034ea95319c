using OVPipeline.Core;
using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>An atlas on a console: its tables, and what their headings mean.</summary>
internal static class AtlasConsole
{
    public static void Write(HeadAtlas atlas)
    {
        var config = atlas.Model;
        string sizes = $"{config.Layers} layers of {config.Heads} heads, d_model {config.DModel}, d_head {config.DHead}";
        string outputs = config.NoCopying is null ? "" : $", {config.OutputVocabulary:N0} outputs";
        AnsiConsole.MarkupLineInterpolated($"[bold]{config.Name}[/]: {sizes}, V {config.Vocabulary:N0}{outputs}");
        AnsiConsole.Write(AtlasSummary.OfHeads(atlas));
        AnsiConsole.WriteLine(config.NoCopying is null
            ? $"top1, suppression top1: of {config.Vocabulary:N0} tokens, those whose own logit is the highest, the lowest."
            : "top1, suppression top1, copying score, tokens copied most: empty, as copying is not defined here.");
        AnsiConsole.WriteLine(config.NoCopying is null
            ? "copying score: of the eigenvalues. name copy score: first names among the five highest of their row. own rank by row: a "
                + "median. participation ratio: an effective rank."
            : "participation ratio: an effective rank.");
        AnsiConsole.WriteLine("query to key top1: tokens whose highest key is the token itself.");
        AnsiConsole.WriteLine("previous position: attention to it, by positions alone.");
        string baseline = atlas.Baseline is { } random ? $"; random heads score {random.Mean:0.000}." : ".";
        AnsiConsole.WriteLine($"K from: the earlier head of highest K-composition{baseline}");
        if (atlas.KCompositions.Count > 0)
        {
            AnsiConsole.Write(AtlasSummary.OfKCompositions(atlas));
            AnsiConsole.WriteLine(
                "query to key: tokens whose highest key (top1), or one of five (top5), is where the earlier head moved them.");
            AnsiConsole.WriteLine("key to query: the reverse. All figures are of all tokens: a census, no intervals.");
        }
        if (atlas.VirtualHeads.Count > 0)
        {
            AnsiConsole.Write(AtlasSummary.OfVirtualHeads(atlas));
            AnsiConsole.WriteLine("virtual head: the later head's OV circuit on what the earlier one's moved.");
        }
        foreach (string note in atlas.Notes)
            AnsiConsole.WriteLine(note);
    }
}

/// <summary>A progress bar over the steps of an atlas, named after the last one.</summary>
internal sealed class AtlasBar(ProgressTask bar) : IProgress<AtlasProgress>
{
    /// <inheritdoc/>
    public void Report(AtlasProgress value)
    {
        bar.Description = value.Part;
        bar.MaxValue = value.Total;
        bar.Value = value.Done;
    }
}
