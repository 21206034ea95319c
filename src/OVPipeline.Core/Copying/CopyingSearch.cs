namespace OVPipeline.Core;

/// <summary>One search for the heads and pairs of a model that copy.</summary>
internal sealed class CopyingSearch(TransformerWeights model, CopyingHeadsOptions options)
{
    private static readonly ScoringOptions s_ranks = new() { LabelRank = true };
    private readonly TransformerConfig _config = model.Config;
    private long _done, _total;

    public CopyingHeads Run()
    {
        HeadIndex[] all = [.. _config.AllHeads];
        long possible = (long)_config.Layers * _config.Heads * (_config.Heads - 1) / 2;
        _total = all.Length + Math.Min(possible, options.MostPairs);
        CopyingCount[] heads = [.. Ordered(all.Select(head => Score([head], atLeast: 0)!))];

        List<CopyingCount> pairs = [];
        int best = 0, looked = 0;
        foreach (var pair in Candidates(heads))
        {
            looked++;
            if (Score(pair, best) is not { } scored)
                continue;
            pairs.Add(scored);
            best = Math.Max(best, scored.Copied);
        }
        return new(heads, [.. Ordered(pairs)], looked - pairs.Count, (int)(possible - looked));
    }

    // The best pair is likely among these first: what follows it is ruled out the sooner.
    private IEnumerable<HeadIndex[]> Candidates(CopyingCount[] heads)
    {
        var alone = heads.ToDictionary(count => count.Heads[0]);
        var pairs = from layer in Enumerable.Range(0, _config.Layers)
                    from a in _config.HeadsOf(layer)
                    from b in _config.HeadsOf(layer)
                    where a.Head < b.Head
                    select new[] { a, b };
        return pairs.OrderByDescending(pair => pair.Sum(head => alone[head].Copied))
            .ThenByDescending(pair => pair.Sum(head => alone[head].MeanReciprocalRank))
            .Take(options.MostPairs);
    }

    // Null where it cannot copy as many tokens as asked for: not even if all that are still to be scored ranked first.
    private CopyingCount? Score(HeadIndex[] heads, int atLeast)
    {
        options.CancellationToken.ThrowIfCancellationRequested();
        var circuit = TokenCircuit.OfHeads(model, heads);
        int[] tokens = [.. Enumerable.Range(0, circuit.Vocabulary)];
        int copied = 0, block = options.Engine.PreferredRows;
        double reciprocal = 0;
        bool possible = true;
        for (int first = 0; first < tokens.Length && possible; first += block)
        {
            var rows = tokens.AsSpan(first, Math.Min(block, tokens.Length - first));
            var scored = options.Engine.ScoreTokens(circuit, rows, rows, s_ranks, cancellationToken: options.CancellationToken);
            copied += scored.LabelRanks.Count(rank => rank == 1);
            reciprocal += scored.LabelRanks.Sum(rank => 1.0 / rank);
            int left = tokens.Length - first - rows.Length;
            possible = left == 0 || copied + left >= atLeast;
        }
        options.Progress?.Report(new(circuit.Name, ++_done, _total));
        return possible ? new(heads, copied, tokens.Length, reciprocal / tokens.Length) : null;
    }

    private static IEnumerable<CopyingCount> Ordered(IEnumerable<CopyingCount> counts) =>
        counts.OrderByDescending(count => count.Copied).ThenByDescending(count => count.MeanReciprocalRank)
            .ThenBy(count => count.Heads[0].Layer).ThenBy(count => count.Heads[0].Head).ThenBy(count => count.Heads[^1].Head);
}
