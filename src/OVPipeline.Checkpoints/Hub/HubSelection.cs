namespace OVPipeline.Checkpoints;

/// <summary>What of a repository is wanted.</summary>
internal sealed record HubSelection
{
    private const string ConfigFile = "config.json";

    /// <summary>A model: configuration, tokenizer and weights.</summary>
    public static HubSelection Model { get; } = new() { HasConfig = true, HasWeights = true, HasTokenizer = true };

    /// <summary>A configuration alone.</summary>
    public static HubSelection Configuration { get; } = new() { HasConfig = true };

    /// <summary>A tokenizer alone.</summary>
    public static HubSelection Tokenizer { get; } = new() { HasTokenizer = true };

    /// <summary>Whether the configuration is wanted, where there is one.</summary>
    public bool HasConfig { get; init; }

    /// <summary>Whether weights are wanted.</summary>
    public bool HasWeights { get; init; }

    /// <summary>Whether the tokenizer is wanted, where there is one.</summary>
    public bool HasTokenizer { get; init; }

    /// <summary>The file of weights, where it was named; else the repository's.</summary>
    public string? File { get; init; }

    /// <summary>The files to have.</summary>
    /// <param name="model">The repository, for its name.</param>
    /// <param name="names">Its files.</param>
    /// <exception cref="CheckpointException">What is wanted is not among them, or it is not clear which is meant.</exception>
    public IReadOnlyList<string> Choose(HubModel model, IReadOnlyList<string> names)
    {
        HashSet<string> there = [.. names.Where(name => !name.Contains('/', StringComparison.Ordinal))];
        List<string> chosen = [];
        if (HasConfig)
            chosen.AddRange(Configurations(names));
        if (HasTokenizer)
        {
            string[] tokenizer = HubFiles.Tokenizer(there);
            if (tokenizer.Length == 0 && !HasWeights)
                throw new CheckpointException(model.ToString(), null, $"holds no tokenizer that can be read; {HubFiles.Listed(there)}.");
            chosen.AddRange(tokenizer);
        }
        if (HasWeights)
            chosen.Add(File is null ? HubFiles.Weights(model, there) : Named(model, names));
        return chosen;
    }

    /// <summary>Whether a commit of which all that was chosen is in the cache can have nothing more to be chosen.</summary>
    /// <param name="names">The files of it that are in the cache.</param>
    public bool IsComplete(IReadOnlyList<string> names) => !HasTokenizer || HubFiles.Tokenizer([.. names]).Length > 0;

    // The repository's, and the one that lies beside the file where that has a folder of its own.
    private IEnumerable<string> Configurations(IReadOnlyList<string> names)
    {
        string folder = File is null ? "" : File[..(File.LastIndexOf('/') + 1)];
        return new[] { ConfigFile, folder + ConfigFile }.Distinct().Where(names.Contains);
    }

    private string Named(HubModel model, IReadOnlyList<string> names) => names.Contains(File!)
        ? File!
        : throw new CheckpointException(model.ToString(), File, $"is not in the repository; {HubFiles.Listed(names)}.");
}
