using System.Globalization;

namespace OVPipeline.Checkpoints;

/// <summary>Added tokens that lie beside a tokenizer without its own list of them.</summary>
internal sealed class AddedTokenFiles
{
    private readonly Dictionary<int, AddedToken> _tokens = [];

    /// <summary>Reads the files that are there.</summary>
    /// <param name="list"><c>added_tokens.json</c>, token to id, by its name and content.</param>
    /// <param name="config"><c>tokenizer_config.json</c>, whose <c>added_tokens_decoder</c> maps id to token.</param>
    /// <exception cref="CheckpointException">One is not well formed.</exception>
    public AddedTokenFiles((string File, byte[] Content)? list, (string File, byte[] Content)? config)
    {
        if (list is { } tokens)
        {
            foreach ((string content, JsonField id) in JsonField.Parse(tokens.File, tokens.Content).Members())
                _tokens[id.Index()] = new(id.Index(), content);
        }

        if (config is not { } settings)
            return;
        JsonField root = JsonField.Parse(settings.File, settings.Content);
        AddPrefixSpace = root.Flag("add_prefix_space", false);
        if (root.Find("added_tokens_decoder") is not { } decoder)
            return;
        foreach ((string key, JsonField token) in decoder.Members())
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw decoder.Wrong($"has '{key}' where a token id must stand");
            _tokens[id] = TokenizerJsonFile.ReadAdded(token, id);
        }
    }

    /// <summary>The tokens, each id once.</summary>
    public IReadOnlyCollection<AddedToken> Tokens => _tokens.Values;

    /// <summary>Whether a space goes before the text.</summary>
    public bool AddPrefixSpace { get; }
}
