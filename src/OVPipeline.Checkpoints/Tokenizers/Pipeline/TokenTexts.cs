using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>Tokens as the file writes them, by id, and the way from them back to text and to display strings.</summary>
internal sealed class TokenTexts
{
    private const string SpaceSign = "\u2581";
    private readonly Dictionary<int, (string Content, bool Added)> _tokens = [];

    /// <summary>Whether learned tokens are written in GPT-2's byte alphabet.</summary>
    public bool ByteLevel { get; init; }

    /// <summary>Whether <c>&lt;0xE2&gt;</c> is a byte.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether U+2581 in learned tokens is a space.</summary>
    public bool SpaceSigns { get; init; }

    /// <summary>Whether encoding put a space before the text, to be taken off again.</summary>
    public bool PrefixSpace { get; init; }

    /// <summary>The token as the file writes it; empty where there is none of that id.</summary>
    public string this[int id] => _tokens.TryGetValue(id, out var token) ? token.Content : "";

    /// <summary>Sets a token; added ones stand for their content as it is.</summary>
    public void Set(int id, string content, bool added) => _tokens[id] = (content, added);

    /// <summary>The display strings.</summary>
    public TokenTable ToTable()
    {
        var table = new TokenTable();
        foreach ((int id, (string content, bool added)) in _tokens)
        {
            string display = !added && ByteLevel && ByteAlphabet.Decode(content) is { } bytes
                ? TokenDisplay.OfBytes(bytes)
                : TokenDisplay.OfText(added ? content : WithSpaces(content));
            table.Set(id, display, added);
        }

        return table;
    }

    /// <summary>The text of tokens; bytes that are no UTF-8 become U+FFFD, ids without a token nothing.</summary>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            if (_tokens.TryGetValue(id, out var token))
                bytes.AddRange(BytesOf(token.Content, token.Added));
        }

        string text = Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
        return PrefixSpace && text.StartsWith(' ') ? text[1..] : text;
    }

    private byte[] BytesOf(string content, bool added)
    {
        if (added)
            return Encoding.UTF8.GetBytes(content);
        if (ByteLevel && ByteAlphabet.Decode(content) is { } bytes)
            return bytes;
        if (ByteFallback && ByteTokens.TryParse(content, out byte value))
            return [value];
        return Encoding.UTF8.GetBytes(WithSpaces(content));
    }

    private string WithSpaces(string content) => SpaceSigns ? content.Replace(SpaceSign, " ", StringComparison.Ordinal) : content;
}
