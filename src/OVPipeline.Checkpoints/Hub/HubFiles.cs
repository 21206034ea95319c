namespace OVPipeline.Checkpoints;

/// <summary>Which files of a repository a model needs.</summary>
internal static class HubFiles
{
    private const long LargestIndex = 64 << 20; // as ShardIndex has it
    private static readonly string[] TokenizerConfigs = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];
    private static readonly string[] Weights =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    /// <summary>
    /// The configuration, the tokenizer that is used first and its settings, and the weights: safetensors or its index, else PyTorch's,
    /// else the one <c>.safetensors</c>, <c>.pth</c> or <c>.pt</c> file that is there or is named as the repository.
    /// </summary>
    /// <param name="model">The repository, for its name.</param>
    /// <param name="names">Its files.</param>
    /// <exception cref="CheckpointException">There are no weights, or it is not clear which.</exception>
    public static IReadOnlyList<string> Choose(HubModel model, IReadOnlyList<string> names)
    {
        HashSet<string> there = [.. names.Where(name => !name.Contains('/', StringComparison.Ordinal))];
        var chosen = new List<string>();
        if (there.Contains("config.json"))
            chosen.Add("config.json");
        string[] tokenizer = Tokenizer(there);
        chosen.AddRange(tokenizer);
        if (tokenizer.Length > 0)
            chosen.AddRange(TokenizerConfigs.Where(there.Contains));
        chosen.Add(Array.Find(Weights, there.Contains) ?? OtherWeights(model, there));
        return chosen;
    }

    /// <summary>Whether there is a tokenizer among the files.</summary>
    public static bool HasTokenizer(IReadOnlyList<string> names) => Tokenizer([.. names]).Length > 0;

    /// <summary>Whether a file lists the shards of a checkpoint.</summary>
    public static bool IsIndex(string name) => name.EndsWith(".index.json", StringComparison.Ordinal);

    /// <summary>The shards that an index names, each once.</summary>
    /// <param name="file">The index as it lies on disk.</param>
    /// <exception cref="CheckpointException">It is not an index, or names a file outside its folder.</exception>
    public static IReadOnlyList<string> Shards(string file)
    {
        if (new FileInfo(file).Length is > LargestIndex and long length)
            throw new CheckpointException(file, null, $"has {length} bytes; no index has more than {LargestIndex}.");
        var shards = new SortedSet<string>(StringComparer.Ordinal);
        foreach ((string tensor, JsonField shard) in JsonFile.Parse(file, File.ReadAllBytes(file)).Get("weight_map").Members())
        {
            if (!HubModel.IsSafe(shard.Text()) || shard.Text().Contains('/', StringComparison.Ordinal))
                throw shard.Wrong($"puts tensor '{tensor}' into '{shard.Text()}', which is no file of the same folder");
            shards.Add(shard.Text());
        }

        return [.. shards];
    }

    private static string[] Tokenizer(HashSet<string> there)
    {
        string[][] kinds =
            [["tokenizer.json"], ["tokenizer.model"], ["spiece.model"], ["vocab.json", "merges.txt"], ["vocab.json"], ["vocab.txt"]];
        return Array.Find(kinds, kind => Array.TrueForAll(kind, there.Contains)) ?? [];
    }

    private static string OtherWeights(HubModel model, HashSet<string> there)
    {
        string name = model.Id[(model.Id.IndexOf('/', StringComparison.Ordinal) + 1)..];
        foreach (string extension in new[] { ".safetensors", ".pth", ".pt" })
        {
            string[] found = [.. there.Where(file => file.EndsWith(extension, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
            if (found.Length == 1 || Array.IndexOf(found, name + extension) >= 0)
                return found.Length == 1 ? found[0] : name + extension;
            if (found.Length > 1)
            {
                throw new CheckpointException(model.ToString(), null,
                    $"holds {found.Length} files of weights, and none is named as the model: {Some(found)}.");
            }
        }

        string files = Some([.. there.Order(StringComparer.Ordinal)]);
        throw new CheckpointException(model.ToString(), null, $"holds no weights that can be read; its files are {files}.");
    }

    private static string Some(string[] names) => string.Join(", ", names.Take(20)) + (names.Length > 20 ? ", ..." : "");
}
