namespace OVPipeline.Checkpoints;

/// <summary>
/// Byte-pair encoding by ranked merges (Sennrich et al. 2016): of all neighbours that may merge, the pair of lowest rank does, the
/// leftmost of equals.
/// </summary>
internal sealed class BpeModel : ITokenModel
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges;
    private readonly ByteTokens _bytes;

    /// <summary>A model.</summary>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="merges">Pairs of ids, each with its rank and the id of both together.</param>
    public BpeModel(Dictionary<string, int> vocabulary, Dictionary<(int Left, int Right), (int Rank, int Merged)> merges)
    {
        _vocabulary = vocabulary;
        _merges = merges;
        _bytes = new(vocabulary);
    }

    /// <summary>The id for characters outside the vocabulary; where there is none they are dropped.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether unknown characters in a row are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a character outside the vocabulary is its bytes, <c>&lt;0xE2&gt;</c>, where all of them are tokens.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece that is in the vocabulary is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>What is put before every character of a piece but its first, to be found in the vocabulary.</summary>
    public string Continuation { get; init; } = "";

    /// <summary>What is put after the last character of a piece, to be found in the vocabulary.</summary>
    public string EndOfWord { get; init; } = "";

    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids)
    {
        if (IgnoreMerges && _vocabulary.TryGetValue(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }

        List<int> symbols = ToSymbols(piece);
        if (symbols.Count > 1)
            Merge(symbols);
        ids.AddRange(symbols);
    }

    private List<int> ToSymbols(string piece)
    {
        var symbols = new List<int>(piece.Length);
        int waiting = 0; // unknown tokens not yet written: the reference writes them before the next known character, not before bytes
        for (int at = 0, length; at < piece.Length; at += length)
        {
            length = char.IsHighSurrogate(piece[at]) && at + 1 < piece.Length ? 2 : 1;
            string character = piece.Substring(at, length);
            if (at > 0)
                character = Continuation + character;
            if (at + length == piece.Length)
                character += EndOfWord;
            if (_vocabulary.TryGetValue(character, out int id))
            {
                Write(ref waiting);
                symbols.Add(id);
            }
            else if (!(ByteFallback && _bytes.TryAdd(character, symbols)) && Unknown is not null)
            {
                if (!FuseUnknown)
                    Write(ref waiting);
                waiting = 1;
            }
        }

        Write(ref waiting);
        return symbols;

        void Write(ref int count)
        {
            if (count > 0)
                symbols.Add(Unknown!.Value);
            count = 0;
        }
    }

    // Symbols are a list by links: the right one of a merged pair is -1 and passed over. The queue may hold pairs that a merge has undone
    // since; each says what it was made of, so that such a pair is told and dropped.
    private void Merge(List<int> symbols)
    {
        int count = symbols.Count;
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
            Consider(i);
        }

        while (queue.TryDequeue(out var pair, out _))
        {
            int right = next[pair.At];
            if (symbols[pair.At] != pair.Left || right >= count || symbols[right] != pair.Right)
                continue;
            symbols[pair.At] = _merges[(pair.Left, pair.Right)].Merged;
            symbols[right] = -1;
            next[pair.At] = next[right];
            if (next[right] < count)
                previous[next[right]] = pair.At;
            Consider(pair.At);
            if (previous[pair.At] >= 0)
                Consider(previous[pair.At]);
        }

        symbols.RemoveAll(id => id < 0);

        void Consider(int at)
        {
            int right = next[at];
            if (right < count && _merges.TryGetValue((symbols[at], symbols[right]), out var merge))
                queue.Enqueue((at, symbols[at], symbols[right]), (merge.Rank, at));
        }
    }
}
