using OVPipeline.Core;
using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>An atlas on a console: its tables, and what their headings mean.</summary>
internal static class AtlasConsole
{
    public static Findings Of(HeadAtlas atlas)
    {
        var config = atlas.Model;
        var found = new Findings(config.Name)
            .ForPrograms(AtlasTables.Of(atlas))
            .ForModel(config)
            .ForPeople(AtlasSummary.OfHeads(atlas))
            .ForPeople(config.NoCopying is null
                ? $"top1, suppression top1: of {config.Vocabulary:N0} tokens, those whose own logit is the highest, the lowest."
                : "top1, suppression top1, copying score, tokens copied most: empty, as copying is not defined here.")
            .ForPeople(config.NoCopying is null
                ? "copying score: of the eigenvalues. name copy score: first names among the five highest of their row. own rank by row: a "
                    + "median. participation ratio: an effective rank."
                : "participation ratio: an effective rank.")
            .ForPeople("query to key top1: tokens whose highest key is the token itself.")
            .ForPeople("previous position: attention to it, by positions alone.");
        string baseline = atlas.Baseline is { } random ? $"; random heads score {random.Mean:0.000}." : ".";
        found.ForPeople($"K from: the earlier head of highest K-composition{baseline}");
        if (atlas.KCompositions.Count > 0)
        {
            found.ForPeople(AtlasSummary.OfKCompositions(atlas))
                .ForPeople("query to key: tokens whose highest key (top1), or one of five (top5), is where the earlier head moved them.")
                .ForPeople("key to query: the reverse. All figures are of all tokens: a census, no intervals.");
        }
        if (atlas.VirtualHeads.Count > 0)
        {
            found.ForPeople(AtlasSummary.OfVirtualHeads(atlas))
                .ForPeople("virtual head: the later head's OV circuit on what the earlier one's moved.");
        }
        foreach (string note in atlas.Notes)
            found.Say(note);
        return found;
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
