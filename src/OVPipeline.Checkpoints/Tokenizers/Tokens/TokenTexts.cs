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

    /// <summary>
    /// What a token that goes on with a word begins with (WordPiece); other tokens then follow a space. Null where tokens join.
    /// </summary>
    public string? Continuation { get; init; }

    /// <summary>Whether spaces before marks and shortened words are taken out again, as the reference's decoder does.</summary>
    public bool TidyWords { get; init; }

    /// <summary>What a token ends in that ends a word.</summary>
    public string EndOfWord { get; init; } = "";

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
        if (Continuation is not null || EndOfWord.Length > 0)
            return DecodeWords([.. ids.Select(id => this[id])]);
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            if (_tokens.TryGetValue(id, out var token))
                bytes.AddRange(BytesOf(token.Content, token.Added));
        }

        string text = Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
        return PrefixSpace && text.StartsWith(' ') ? text[1..] : text;
    }

    private string DecodeWords(string[] tokens)
    {
        var text = new StringBuilder();
        for (int i = 0; i < tokens.Length; i++)
        {
            string token = tokens[i];
            if (EndOfWord.Length > 0)
                token = token.Replace(EndOfWord, i + 1 < tokens.Length ? " " : "", StringComparison.Ordinal);
            else if (i > 0)
                token = token.StartsWith(Continuation!, StringComparison.Ordinal) ? token[Continuation!.Length..] : " " + token;
            text.Append(TidyWords ? Tidy(token) : token);
        }

        return ByteLevel ? DecodeBytes(text.ToString()) : text.ToString();
    }

    private static string DecodeBytes(string text) =>
        string.Join(' ', text.Split(' ').Select(word => ByteAlphabet.Decode(word) is { } bytes ? Encoding.UTF8.GetString(bytes) : word));

    // The replacements of decoders/wordpiece.rs, in its order.
    private static string Tidy(string token) => token
        .Replace(" .", ".", StringComparison.Ordinal).Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal).Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal).Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal).Replace(" do not", " don't", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal).Replace(" 've", "'ve", StringComparison.Ordinal)
        .Replace(" 're", "'re", StringComparison.Ordinal);

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
