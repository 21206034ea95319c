using System.Globalization;
using System.Text.Json;

namespace OVPipeline.Checkpoints;

/// <summary>
/// What the files beside a tokenizer without tokenizer.json say of it: tokenizer_config.json, special_tokens_map.json, added_tokens.json,
/// and config.json where the first does not name the class.
/// </summary>
internal sealed class TokenizerSettings
{
    // The order in which the reference gives ids to those that the vocabulary lacks.
    private static readonly string[] s_roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];
    private readonly JsonField? _config;
    private readonly JsonField? _map;
    private readonly Dictionary<int, AddedToken> _listed = [];

    /// <summary>Reads the files that are there.</summary>
    /// <exception cref="CheckpointException">One is not well formed; of config.json the weights' reader speaks.</exception>
    public TokenizerSettings(string folder)
    {
        Folder = folder;
        _config = Parse("tokenizer_config.json");
        _map = _config?.Find("added_tokens_decoder") is null ? Parse("special_tokens_map.json") : null;
        ModelClass = _config?.Find("tokenizer_class")?.Text();
        try
        {
            JsonField? model = Parse("config.json");
            ModelClass ??= model?.Find("tokenizer_class")?.Text();
            ModelType = model?.Find("model_type")?.Text();
        }
        catch (CheckpointException)
        {
            ModelType = null;
        }

        if (Parse("added_tokens.json") is { } list)
        {
            HashSet<string> special = [.. s_roles.Select(role => Text(role, null)).OfType<string>()];
            foreach ((string content, JsonField id) in list.Members())
                _listed[id.Index()] = new(id.Index(), content, Normalized: !special.Contains(content));
        }

        if (_config?.Find("added_tokens_decoder") is not { } decoder)
            return;
        foreach ((string key, JsonField token) in decoder.Members())
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw decoder.Wrong($"has '{key}' where a token id must stand");
            _listed[id] = TokenizerJsonFile.ReadAdded(token, id);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The tokenizer's class, less <c>Fast</c>; null where none is named.</summary>
    public string? Class => ModelClass is { } name && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : ModelClass;

    /// <summary>The family of models, where config.json names it.</summary>
    public string? ModelType { get; }

    /// <summary>Tokens that lie beside the vocabulary, by their files.</summary>
    public IReadOnlyCollection<AddedToken> Listed => _listed.Values;

    private string? ModelClass { get; }

    /// <summary>A flag of tokenizer_config.json.</summary>
    public bool? Flag(string name) => _config?.Find(name)?.Flag();

    /// <summary>An error about tokenizer_config.json.</summary>
    public CheckpointException Wrong(string reason) => new(Path.Combine(Folder, "tokenizer_config.json"), null, reason + ".");

    /// <summary>The token of a role such as <c>unk_token</c>, or the class's own.</summary>
    public string? Text(string role, string? otherwise) => Role(role) is not { } token
        ? otherwise
        : (token.Value.ValueKind == JsonValueKind.Object ? token.Get("content") : token).Text();

    /// <summary>All tokens that are found in text before anything else: those listed, and those with a role.</summary>
    /// <remarks>Where a token has no id yet, the next after the vocabulary's is its own.</remarks>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="own">The class's own tokens by role.</param>
    /// <param name="maskTakesSpace">Whether the class's own mask takes white space before it along.</param>
    public List<AddedToken> Added(Dictionary<string, int> vocabulary, IReadOnlyDictionary<string, string> own, bool maskTakesSpace)
    {
        List<AddedToken> added = [.. _listed.OrderBy(entry => entry.Key).Select(entry => entry.Value)
            .Select(token => vocabulary.TryGetValue(token.Content, out int id) ? token with { Id = id } : token)];
        foreach (string role in s_roles)
        {
            if (Text(role, own.GetValueOrDefault(role)) is { } content)
                Add(role, Role(role), content);
        }

        foreach (JsonField token in Role("additional_special_tokens")?.Items() ?? [])
            Add("", token, (token.Value.ValueKind == JsonValueKind.Object ? token.Get("content") : token).Text());
        return added;

        void Add(string role, JsonField? field, string content)
        {
            if (content.Length == 0 || added.Exists(token => token.Content == content))
                return;
            if (!vocabulary.TryGetValue(content, out int id))
                id = Math.Max(vocabulary.Count, added.Count == 0 ? 0 : added.Max(token => token.Id) + 1);
            added.Add(field is { Value.ValueKind: JsonValueKind.Object } token
                ? TokenizerJsonFile.ReadAdded(token, id) with { Normalized = false }
                : new(id, content, LeftStrip: role == "mask_token" && maskTakesSpace));
        }
    }

    private JsonField? Role(string role)
    {
        JsonField? field = _map?.Find(role) ?? _config?.Find(role);
        return field is { Value.ValueKind: JsonValueKind.False } ? null : field;
    }

    private JsonField? Parse(string name) =>
        TokenizerFolder.Read(Folder, name) is (string file, byte[] content) ? JsonFile.Parse(file, content, repeats: true) : null;
}
