using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// WordPiece as BERT uses it: the longest token that a word begins with, then the longest that goes on with it, and so on; a word that
/// cannot be put together so, or is too long, is one unknown token. Lengths are in code points, where Microsoft.ML.Tokenizers counts UTF-16
/// characters.
/// </summary>
internal sealed class WordPieceModel(Dictionary<string, int> vocabulary, int unknown, string continuation, int longestWord) : ITokenModel
{
    private readonly int _longestToken = vocabulary.Keys.Max(token => token.Length);

    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids)
    {
        int before = ids.Count;
        if (piece.EnumerateRunes().Count() > longestWord || !TryCut(piece, ids))
        {
            ids.RemoveRange(before, ids.Count - before);
            ids.Add(unknown);
        }
    }

    private bool TryCut(string piece, List<int> ids)
    {
        var text = new StringBuilder();
        for (int start = 0, end; start < piece.Length; start = end)
        {
            string prefix = start > 0 ? continuation : "";
            int id = -1;
            for (end = Math.Min(piece.Length, start + Math.Max(1, _longestToken - prefix.Length)); end > start; end--)
            {
                if (vocabulary.TryGetValue(text.Clear().Append(prefix).Append(piece, start, end - start).ToString(), out id))
                    break;
            }

            if (end == start)
                return false;
            ids.Add(id);
        }

        return true;
    }
}
