using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Byte-pair encoding by ranked merges (Sennrich et al. 2016): of all neighbours that may merge, the pair of lowest rank does, the
/// leftmost of equals.
/// </summary>
internal sealed class BpeModel : ITokenModel
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges;
    private readonly int[]? _bytes;

    /// <summary>A model.</summary>
    /// <param name="vocabulary">Token to id.</param>
    /// <param name="merges">Pairs of ids, each with its rank and the id of both together.</param>
    public BpeModel(Dictionary<string, int> vocabulary, Dictionary<(int Left, int Right), (int Rank, int Merged)> merges) =>
        (_vocabulary, _merges, _bytes) = (vocabulary, merges, ByteTokens.Find(vocabulary));

    /// <summary>The id for characters outside the vocabulary; where there is none they are dropped.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether unknown characters in a row are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a character outside the vocabulary is its bytes, <c>&lt;0xE2&gt;</c>.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece that is in the vocabulary is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

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
        Span<byte> utf8 = stackalloc byte[4];
        bool afterUnknown = false;
        var lookup = _vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int at = 0, length; at < piece.Length; at += length)
        {
            length = char.IsHighSurrogate(piece[at]) && at + 1 < piece.Length ? 2 : 1;
            ReadOnlySpan<char> character = piece.AsSpan(at, length);
            if (lookup.TryGetValue(character, out int id))
            {
                symbols.Add(id);
                afterUnknown = false;
            }
            else if (ByteFallback && _bytes is not null)
            {
                foreach (byte value in utf8[..Encoding.UTF8.GetBytes(character, utf8)])
                    symbols.Add(_bytes[value]);
                afterUnknown = false;
            }
            else if (Unknown is { } unknown)
            {
                if (!(FuseUnknown && afterUnknown))
                    symbols.Add(unknown);
                afterUnknown = true;
            }
        }

        return symbols;
    }

    private void Merge(List<int> symbols)
    {
        int count = symbols.Count;
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (int i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
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
