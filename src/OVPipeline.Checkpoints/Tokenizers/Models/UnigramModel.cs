namespace OVPipeline.Checkpoints;

/// <summary>
/// The most likely split under a unigram language model (Kudo 2018), by Viterbi's algorithm. A character that no token covers alone
/// costs 10 more than the least likely token; unknown characters in a row are one token.
/// </summary>
internal sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10; // kUnkPenalty of SentencePiece's unigram_model.cc
    private readonly Dictionary<string, (int Id, double Score)> _pieces;
    private readonly int _unknown;
    private readonly ByteTokens? _bytes;
    private readonly int _longest;
    private readonly double _unknownScore;

    /// <summary>A model.</summary>
    /// <param name="pieces">Tokens with their ids and the logarithms of their probabilities.</param>
    /// <param name="unknown">The id for text that no token covers.</param>
    /// <param name="bytes">The tokens of bytes, where unknown characters in a row are their bytes if each of these has a token.</param>
    public UnigramModel(Dictionary<string, (int Id, double Score)> pieces, int unknown, ByteTokens? bytes)
    {
        _pieces = pieces;
        _unknown = unknown;
        _bytes = bytes;
        _longest = pieces.Count == 0 ? 0 : pieces.Keys.Max(p => p.Length);
        _unknownScore = (pieces.Count == 0 ? 0 : pieces.Values.Min(p => p.Score)) - UnknownPenalty;
    }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids)
    {
        // best[end]: the likeliest tokens of the text before end, by the last of them. Of equals the one of the earlier start, which is
        // the longer token, stays: it is the first that reaches that end.
        var best = new (double Score, int Start, int Id)[piece.Length + 1];
        Array.Fill(best, (0, -1, 0));
        var lookup = _pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int at = 0, character; at < piece.Length; at += character)
        {
            character = char.IsHighSurrogate(piece[at]) && at + 1 < piece.Length ? 2 : 1;
            bool single = false;
            for (int length = 1; length <= _longest && at + length <= piece.Length; length++)
            {
                if (!lookup.TryGetValue(piece.AsSpan(at, length), out var token))
                    continue;
                Improve(ref best[at + length], best[at].Score + token.Score, at, token.Id);
                single |= length == character;
            }

            if (!single)
                Improve(ref best[at + character], best[at].Score + _unknownScore, at, _unknown);
        }

        Trace(piece, best, ids);
    }

    private static void Improve(ref (double Score, int Start, int Id) best, double score, int start, int id)
    {
        if (best.Start < 0 || score > best.Score)
            best = (score, start, id);
    }

    private void Trace(string piece, (double Score, int Start, int Id)[] best, List<int> ids)
    {
        var path = new Stack<(int Start, int End, int Id)>();
        for (int end = piece.Length; end > 0; end = best[end].Start)
            path.Push((best[end].Start, end, best[end].Id));
        while (path.TryPop(out var node))
        {
            if (node.Id != _unknown)
            {
                ids.Add(node.Id);
                continue;
            }

            // A run of unknown characters is one text to the reference: a token of its own, its bytes, or unknown.
            int start = node.Start;
            while (path.TryPeek(out var next) && next.Id == _unknown)
                node = path.Pop();
            string run = piece[start..node.End];
            if (_pieces.TryGetValue(run, out var token))
                ids.Add(token.Id);
            else if (_bytes is null || !_bytes.TryAdd(run, ids))
                ids.Add(_unknown);
        }
    }
}
