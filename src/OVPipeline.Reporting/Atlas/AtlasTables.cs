using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A head atlas as CSV files, one for each kind of row. Shares lie in [0, 1]; losses are in nats; an empty field does not apply.</summary>
public static class AtlasTables
{
    /// <summary>
    /// Writes <c>heads.csv</c>, <c>singular-values.csv</c> and <c>tokens.csv</c>, <c>compositions.csv</c> and <c>k-compositions.csv</c> where there are
    /// any, and <c>notes.txt</c>.
    /// </summary>
    /// <returns>The files' paths.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static IReadOnlyList<string> Save(string folder, HeadAtlas atlas)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(atlas);
        List<string> files = [];
        Write("heads.csv", ["head", "layer", "index", "rank", "copying_top1", "copying_top5", "suppression_top1", "suppression_top5", "d_prime", "copying_score",
            "participation_ratio", "entropy_rank", "query_to_key_top1", "query_to_key_top5", "key_to_query_top1", "key_to_query_top5", "matching_score",
            "qk_participation_ratio", "qk_entropy_rank", "previous_position", "current_position", "first_position", "positions"], atlas.Heads.Select(Head));
        Write("singular-values.csv", ["head", "place", "singular_value"],
            atlas.Heads.SelectMany(head => head.SingularValues.Select((value, i) => new object?[] { head.Head, i + 1, value })));
        Write("tokens.csv", ["head", "kind", "place", "id", "token", "rank", "log_loss"],
            atlas.Heads.SelectMany(head => Tokens(head, "copied", head.TopCopied).Concat(Tokens(head, "suppressed", head.TopSuppressed))));
        if (atlas.Compositions.Count > 0)
            Write("compositions.csv", ["earlier", "later", "q", "k", "v", "random_mean", "random_standard_deviation"],
                atlas.Compositions.Select(pair => new object?[] { pair.Earlier, pair.Later, pair.Q, pair.K, pair.V, atlas.Baseline?.Mean, atlas.Baseline?.StandardDeviation }));
        if (atlas.KCompositions.Count > 0)
            Write("k-compositions.csv", ["earlier", "later", "k", "query_to_key_top1", "query_to_key_top5", "key_to_query_top1", "key_to_query_top5"],
                atlas.KCompositions.Select(pair => new object?[] { pair.Earlier, pair.Later, pair.Score, pair.QueryToKey.Top1, pair.QueryToKey.Top5, pair.KeyToQuery.Top1, pair.KeyToQuery.Top5 }));
        string notes = Path.Combine(folder, "notes.txt");
        AtomicFile.Write(notes, path => File.WriteAllLines(path, atlas.Notes));
        return [.. files, notes];

        void Write(string name, IReadOnlyList<string> columns, IEnumerable<object?[]> rows)
        {
            files.Add(Path.Combine(folder, name));
            CsvFile.Write(files[^1], columns, rows);
        }
    }

    private static object?[] Head(HeadProfile head) =>
    [
        head.Head, head.Head.Layer, head.Head.Head, head.Rank, head.Copying.Top1, head.Copying.Top5, head.Suppression.Top1, head.Suppression.Top5, head.DPrime,
        head.CopyingScore, head.ParticipationRatio, head.EntropyRank, head.QK?.QueryToKey.Top1, head.QK?.QueryToKey.Top5, head.QK?.KeyToQuery.Top1,
        head.QK?.KeyToQuery.Top5, head.QK?.MatchingScore, head.QK?.ParticipationRatio, head.QK?.EntropyRank, head.Positional?.Previous, head.Positional?.Current,
        head.Positional?.First, head.Positional?.Positions,
    ];

    private static IEnumerable<object?[]> Tokens(HeadProfile head, string kind, IReadOnlyList<AtlasToken> tokens) =>
        tokens.Select((token, i) => new object?[] { head.Head, kind, i + 1, token.Id, token.Text, token.Rank, token.LogLoss });
}
