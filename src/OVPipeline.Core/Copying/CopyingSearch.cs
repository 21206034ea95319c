namespace OVPipeline.Core;

/// <summary>One search for the heads and pairs of a model that copy.</summary>
internal sealed class CopyingSearch(TransformerWeights model, CopyingHeadsOptions options)
{
    // What tells circuits apart that copy as many tokens. Ranking to the end would cost every circuit what only one that copies costs now.
    private const int Deepest = 10;

    private readonly TransformerConfig _config = model.Config;
    private long _done, _total;

    public CopyingHeads Run()
    {
        int layers = _config.Layers, possible = checked(layers * (_config.Heads * (_config.Heads - 1) / 2));
        _total = (long)layers * _config.Heads + Math.Min(possible, options.MostPairs);
        bool every = possible <= options.MostPairs;
        List<CopyingCount> counts = [];
        foreach (int layer in Enumerable.Range(0, layers))
            counts.AddRange(Count([.. _config.HeadsOf(layer).Select(head => new[] { head }), .. every ? PairsOf(layer) : []]));
        CopyingCount[] heads = [.. Ordered(counts.Where(count => count.Heads.Count == 1))];
        if (!every)
            foreach (var ofLayer in Candidates(heads).GroupBy(pair => pair[0].Layer))
                counts.AddRange(Count([.. ofLayer]));
        CopyingCount[] pairs = [.. Ordered(counts.Where(count => count.Heads.Count == 2))];
        return new(heads, pairs, possible - pairs.Length);
    }

    // Of the circuits of a layer's heads.
    private long CircuitBytes => sizeof(float) * (long)_config.Heads * _config.DValue * (_config.Vocabulary + _config.OutputVocabulary);

    private IEnumerable<HeadIndex[]> PairsOf(int layer) =>
        from a in _config.HeadsOf(layer)
        from b in _config.HeadsOf(layer)
        where a.Head < b.Head
        select new[] { a, b };

    // The best pair is likely among these.
    private IEnumerable<HeadIndex[]> Candidates(CopyingCount[] heads)
    {
        var alone = heads.ToDictionary(count => count.Heads[0]);
        return Enumerable.Range(0, _config.Layers).SelectMany(PairsOf)
            .OrderByDescending(pair => pair.Sum(head => alone[head].Copied))
            .ThenByDescending(pair => pair.Sum(head => alone[head].MeanReciprocalRank))
            .Take(options.MostPairs);
    }

    // Of one layer, whose heads' logits its pairs share.
    private IEnumerable<CopyingCount> Count(IReadOnlyList<HeadIndex[]> sums)
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        LargeArrays.GiveBack(_done > 0 ? CircuitBytes : 0); // those of the layer before
        foreach (var count in CopyingCount.Of(model, sums, options.Engine, Deepest, options.CancellationToken))
        {
            options.Progress?.Report(new(count.Name, ++_done, _total));
            options.CancellationToken.ThrowIfCancellationRequested();
            yield return count;
        }
    }

    private static IEnumerable<CopyingCount> Ordered(IEnumerable<CopyingCount> counts) =>
        counts.OrderByDescending(count => count.Copied).ThenByDescending(count => count.MeanReciprocalRank)
            .ThenBy(count => count.Heads[0].Layer).ThenBy(count => count.Heads[0].Head).ThenBy(count => count.Heads[^1].Head);
}
