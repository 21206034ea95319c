using Microsoft.ML;
using Microsoft.ML.Runtime;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline;

/// <summary>The head atlas: from a model to a profile of each of its heads, and from there to data.</summary>
public static class HeadAtlasCatalog
{
    /// <summary>
    /// Profiles every head of a model by its weights: copying and suppression, spectrum, QK circuit, positional pattern, composition
    /// with earlier heads. Made of the public pipelines <c>ExtractOVCircuit</c>, <c>ExtractQKCircuit</c>,
    /// <c>ExtractKCompositionCircuit</c>, <c>ExtractVirtualOVCircuit</c> and <c>ScoreTopK</c>. What the model lacks is left out and said
    /// in the notes.
    /// </summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">The model, processed or not.</param>
    /// <param name="options">What to compute; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <example>
    /// <code>
    /// var atlas = ml.ComputeHeadAtlas(model, new() { QK = false, Compositions = false });
    /// Console.WriteLine($"{atlas.Heads.Count} heads; the best copies {atlas.Heads.Max(head =&gt; head.Copying?.Top1):P1}");
    /// </code>
    /// </example>
    public static HeadAtlas ComputeHeadAtlas(this MLContext ml, TransformerCheckpoint model, HeadAtlasOptions? options = null)
    {
        return Run(ml, model, options, run => run.Compute());
    }

    /// <summary>
    /// Profiles some heads of a model, as <see cref="ComputeHeadAtlas"/> does all of them, without what heads have to do with each other:
    /// an atlas can so be made in parts, by several processes.
    /// </summary>
    /// <param name="ml">The context.</param>
    /// <param name="model">The model, processed or not.</param>
    /// <param name="heads">The heads, in the order of the profiles.</param>
    /// <param name="options">What to compute; null for the defaults. Those of compositions are not looked at.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="ArgumentException">The model has no such head.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <example>
    /// <code>
    /// var profiles = ml.ComputeHeadProfiles(model, [new HeadIndex(1, 1), new HeadIndex(1, 7)], new() { QK = false });
    /// foreach (var profile in profiles)
    ///     Console.WriteLine($"{profile.Head}: copies {profile.Copying?.Top1:P1}, copying score {profile.CopyingScore:F2}");
    /// </code>
    /// </example>
    public static IReadOnlyList<HeadProfile> ComputeHeadProfiles(
        this MLContext ml, TransformerCheckpoint model, IReadOnlyList<HeadIndex> heads, HeadAtlasOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(heads);
        foreach (var head in heads)
            model.Weights.Config.RequireHead(head);
        return Run(ml, model, options, run => run.Profiles(heads));
    }

    private static T Run<T>(
        MLContext ml, TransformerCheckpoint model, HeadAtlasOptions? options, Func<HeadAtlasRun, T> compute)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(model);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Tokens);
        ArgumentOutOfRangeException.ThrowIfNegative(options.TokenOutputs ?? 0, nameof(options.TokenOutputs));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(
            options.TokenOutputs ?? 0, ScoringOptions.MaxTopK, nameof(options.TokenOutputs));
        ArgumentOutOfRangeException.ThrowIfNegative(options.KCompositions);
        ArgumentOutOfRangeException.ThrowIfNegative(options.VirtualHeads);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Positions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BaselineSamples, 2);
        var host = ((IHostEnvironment)ml).Register(nameof(ComputeHeadAtlas));
        return HostCancellation.Run(
            host, token => compute(new(ml, model, options with { CancellationToken = token })), options.CancellationToken);
    }

    /// <summary>The profiles as data: a row for each head, by layer.</summary>
    /// <example>
    /// <code>
    /// var heads = ml.Data.LoadHeadAtlas(ml.ComputeHeadAtlas(model, new() { QK = false, Compositions = false }));
    /// var copying = ml.Data.FilterRowsByColumn(heads, "CopyingTop1", lowerBound: 0.1);
    /// Console.WriteLine(copying.Preview().RowView.Length);
    /// </code>
    /// </example>
    public static IDataView LoadHeadAtlas(this DataOperationsCatalog catalog, HeadAtlas atlas)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(atlas);
        return catalog.LoadFromEnumerable(atlas.Heads.Select(HeadAtlasRow.Of));
    }
}
