namespace OVPipeline.Core;

/// <summary>
/// The tokens of a model as strings that can be shown and told apart: distinct and not empty, one for each row of W_E, or, of outputs, for
/// each column of W_U. They are the key values of every column of tokens, or of outputs.
/// </summary>
public sealed class Vocabulary
{
    private readonly string[] _tokens;
    private readonly Lazy<Dictionary<string, int>> _ids;

    /// <summary>A vocabulary of display strings, in the order of token ids.</summary>
    /// <exception cref="ArgumentException">There are none, or one is empty or occurs twice; the message names the id.</exception>
    public Vocabulary(IReadOnlyList<string> tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Count == 0)
            throw new ArgumentException("A vocabulary holds at least one token.", nameof(tokens));
        _tokens = [.. tokens];
        _ids = new(Index);
        if (Array.FindIndex(_tokens, string.IsNullOrEmpty) is >= 0 and int empty)
            throw new ArgumentException($"Token {empty} has no display string.", nameof(tokens));
        if (_ids.Value.Count != _tokens.Length)
        {
            int later = 0;
            while (_ids.Value[_tokens[later]] == later)
                later++;
            int twice = _ids.Value[_tokens[later]];
            string message = $"Token {later} has the same display string as token {twice}: '{_tokens[twice]}'.";
            throw new ArgumentException(message, nameof(tokens));
        }
    }

    /// <summary>Number of tokens, V.</summary>
    public int Count => _tokens.Length;

    /// <summary>The display string of a 0-based token id.</summary>
    public string this[int id] => _tokens[id];

    /// <summary>All display strings, by id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The 0-based id of a display string, or -1.</summary>
    public int IdOf(string token) => _ids.Value.TryGetValue(token, out int id) ? id : -1;

    private Dictionary<string, int> Index()
    {
        var ids = new Dictionary<string, int>(_tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < _tokens.Length; id++)
            ids.TryAdd(_tokens[id], id);
        return ids;
    }
}
