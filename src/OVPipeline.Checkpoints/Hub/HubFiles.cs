using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Which files of a repository hold what.</summary>
internal static class HubFiles
{
    private const long LargestIndex = 64 << 20; // as ShardIndex has it
    private const int MostListed = 20;
    private static readonly string[] s_tokenizerConfigs = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];
    private static readonly string[][] s_extensions = [[".safetensors"], [".pth"], [".pt"]];

    /// <summary>The tokenizer that is used first, and its settings; none where there is none.</summary>
    public static string[] Tokenizer(HashSet<string> there)
    {
        string[][] kinds =
            [["tokenizer.json"], ["tokenizer.model"], ["spiece.model"], ["vocab.json", "merges.txt"], ["vocab.json"], ["vocab.txt"]];
        string[] found = Array.Find(kinds, kind => Array.TrueForAll(kind, there.Contains)) ?? [];
        return found.Length == 0 ? [] : [.. found, .. s_tokenizerConfigs.Where(there.Contains)];
    }

    /// <summary>
    /// The weights: safetensors or its index, else PyTorch's, else the <c>.safetensors</c>, <c>.pth</c> or <c>.pt</c> file that is alone
    /// there, or is named as the repository, or ends in <c>final</c>.
    /// </summary>
    /// <exception cref="CheckpointException">There are no weights, or it is not clear which.</exception>
    public static string Weights(HubModel model, HashSet<string> there)
    {
        var (chosen, candidates) = WeightFiles.Choose(there, model.Name, s_extensions);
        if (chosen is not null)
            return chosen;
        throw new CheckpointException(model.ToString(), null, candidates.Count == 0
            ? $"holds no weights that can be read; {Listed(there)}."
            : $"holds {candidates.Count} files of weights, and none is named as the model: {Some(candidates)}; "
                + $"{model.Id}:{candidates[0]} names one.");
    }

    /// <summary>Whether a file lists the shards of a checkpoint.</summary>
    public static bool IsIndex(string name) => name.EndsWith(".index.json", StringComparison.Ordinal);

    /// <summary>The shards that an index names, each once.</summary>
    /// <param name="folder">The folder of the repository's files on disk.</param>
    /// <param name="index">The index's name in it; shards have theirs in the same folder.</param>
    /// <exception cref="CheckpointException">It is not an index, or names a file outside its folder.</exception>
    public static IReadOnlyList<string> Shards(string folder, string index)
    {
        string file = Path.Combine(folder, index);
        if (new FileInfo(file).Length is > LargestIndex and long length)
            throw new CheckpointException(file, null, $"has {length} bytes; no index has more than {LargestIndex}.");
        var shards = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string tensor, JsonField shard) in JsonFile.Parse(file, RegularFile.ReadAllBytes(file)).Get("weight_map").Members())
        {
            if (!RelativeName.IsSafe(shard.Text()) || shard.Text().Contains('/', StringComparison.Ordinal))
                throw shard.Wrong($"puts tensor '{tensor}' into '{shard.Text()}', which is no file of the same folder");
            shards.Add(shard.Text());
        }
        string beside = index[..(index.LastIndexOf('/') + 1)];
        return [.. shards.Select(shard => beside + shard)];
    }

    /// <summary>A clause that lists a repository's files.</summary>
    public static string Listed(IEnumerable<string> names) => $"its files are {Some([.. names.Order(StringComparer.Ordinal)])}";

    private static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostListed)) + (names.Count > MostListed ? ", ..." : "");
}
