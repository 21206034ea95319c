using System.Globalization;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Display strings by token id, as read from a tokenizer's files and before they are fitted to the rows of W_E.</summary>
internal sealed class TokenTable
{
    private readonly Dictionary<int, (string Display, bool Added)> _tokens = [];

    /// <summary>Sets the token of an id, in place of an earlier one.</summary>
    /// <param name="id">0-based, not negative.</param>
    /// <param name="display">As <see cref="TokenDisplay"/> gives it.</param>
    /// <param name="added">Whether the token was added to a trained vocabulary, so that the weights may lack a row for it.</param>
    public void Set(int id, string display, bool added) => _tokens[id] = (display, added);

    /// <summary>Number of tokens.</summary>
    public int Count => _tokens.Count;

    /// <summary>
    /// The tokens as a vocabulary of <paramref name="rows"/> entries. Ids without a token are <c>&lt;pad 50257&gt;</c>; added tokens
    /// past the last row are left out.
    /// </summary>
    /// <exception cref="CheckpointException">A token that was not added has no row.</exception>
    public Vocabulary ToVocabulary(string file, int rows)
    {
        int past = 0;
        foreach ((int id, (_, bool added)) in _tokens)
            past += id >= rows && !added ? 1 : 0;
        if (past > 0)
        {
            throw new CheckpointException(file, null, $"the tokenizer does not fit the weights: it has {_tokens.Count} tokens, "
                + $"{past} of them beyond the {rows} rows of W_E.");
        }

        var displays = new string[rows];
        for (int id = 0; id < rows; id++)
        {
            displays[id] = _tokens.TryGetValue(id, out var token)
                ? token.Display
                : string.Create(CultureInfo.InvariantCulture, $"<pad {id}>");
        }

        TokenDisplay.MakeDistinct(displays);
        return new Vocabulary(displays);
    }

    /// <summary>The names of tokens about which nothing is known: <c>&lt;token 17&gt;</c>.</summary>
    public static Vocabulary Nameless(int rows)
    {
        var displays = new string[rows];
        for (int id = 0; id < rows; id++)
            displays[id] = string.Create(CultureInfo.InvariantCulture, $"<token {id}>");
        return new Vocabulary(displays);
    }
}
