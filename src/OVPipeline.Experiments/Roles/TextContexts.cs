using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Sorts positions of text by <see cref="TextContext"/> and by whether the target looks like a name.</summary>
/// <param name="vocabulary">The tokens' display strings.</param>
/// <param name="separator">The id between documents.</param>
internal sealed class TextContexts(Vocabulary vocabulary, int separator)
{
    /// <summary>Cells: three contexts, each for names and for others.</summary>
    public const int Cells = 6;

    private readonly bool[] _capital = [.. vocabulary.Tokens.Select(IsCapitalWord)];
    private readonly bool[] _ends = [.. vocabulary.Tokens.Select((token, id) => id == separator || EndsSentence(token))];

    /// <summary>A cell's context.</summary>
    public static TextContext ContextOf(int cell) => (TextContext)(cell / 2);

    /// <summary>Whether a cell is of names.</summary>
    public static bool IsOfNames(int cell) => cell % 2 == 0;

    /// <summary>The cell of each position of a window; -1 where the target is a separator.</summary>
    /// <param name="inputs">What the model reads, T tokens.</param>
    /// <param name="targets">What it has to predict, T tokens: each the next input.</param>
    public int[] CellsOf(ReadOnlySpan<long> inputs, ReadOnlySpan<long> targets)
    {
        var cells = new int[inputs.Length];
        HashSet<long> seen = [];
        HashSet<(long, long)> followed = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            (long current, long target) = (inputs[i], targets[i]);
            seen.Add(current);
            var context = followed.Contains((current, target)) ? TextContext.Induction : seen.Contains(target) ? TextContext.Seen : TextContext.New;
            cells[i] = target == separator ? -1 : 2 * (int)context + (IsName(current, target) ? 0 : 1);
            followed.Add((current, target));
        }
        return cells;
    }

    /// <summary>Whether a target looks like a name: a word with a capital that does not begin a sentence.</summary>
    public bool IsName(long current, long target) => _capital[target] && !_ends[current];

    // A word's start and two letters at least, so that "I" is none.
    private static bool IsCapitalWord(string token) => token.Length > 2 && token[0] is '␣' or 'Ġ' or '▁' && char.IsUpper(token[1]) && char.IsLetter(token[2]);

    private static bool EndsSentence(string token) => token.IndexOfAny(['.', '!', '?', ':', '"', '“', '”', '\'', '‘', '—', '\\', '(', '*', '_', '-']) >= 0;
}
