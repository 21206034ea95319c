using System.Buffers;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Sorts positions of text by <see cref="TextContext"/> and by whether the target looks like a name. A cell is one of the six combinations:
/// 2 * context, and 1 more where the target is no name.
/// </summary>
public sealed class TextContexts
{
    /// <summary>Cells: three contexts, each for names and for others.</summary>
    public const int Cells = 6;

    /// <summary>In the place of a cell: the target is a separator, which is no text, or there is none.</summary>
    public const int NoCell = -1;

    // What can stand between a sentence's end and the next one's first word, or before a word that has a capital for another reason.
    private static readonly SearchValues<char> s_ends = SearchValues.Create(".!?:\"“”'‘—\\(*_-");

    private readonly int _separator;
    private readonly bool[] _capital;
    private readonly bool[] _ends;

    /// <summary>Contexts of texts in a vocabulary.</summary>
    /// <param name="vocabulary">The tokens' display strings.</param>
    /// <param name="separator">The id between documents.</param>
    public TextContexts(Vocabulary vocabulary, int separator)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        _separator = separator;
        _capital = [.. vocabulary.Tokens.Select(IsCapitalWord)];
        _ends = [.. vocabulary.Tokens.Select((token, id) => id == separator || token.AsSpan().ContainsAny(s_ends))];
    }

    /// <summary>A cell's context.</summary>
    public static TextContext ContextOf(int cell) => (TextContext)(cell / 2);

    /// <summary>Whether a cell is of names.</summary>
    public static bool IsOfNames(int cell) => cell % 2 == 0;

    /// <summary>The cells of a context.</summary>
    /// <param name="context">The context.</param>
    /// <param name="targets">Which of its targets.</param>
    public static int[] CellsIn(TextContext context, TextTargets targets)
    {
        bool IsWanted(int cell) => targets == TextTargets.All || IsOfNames(cell) == (targets == TextTargets.Names);
        return [.. Enumerable.Range(0, Cells).Where(cell => ContextOf(cell) == context && IsWanted(cell))];
    }

    /// <summary>The cell of each position of a window; <see cref="NoCell"/> where the target is a separator, or there is none.</summary>
    /// <param name="inputs">What the model reads, T tokens.</param>
    /// <param name="targets">
    /// What it has to predict, T tokens: of a text each the next input; <see cref="TokenSequences.NoTarget"/> for none.
    /// </param>
    public int[] CellsOf(ReadOnlySpan<long> inputs, ReadOnlySpan<long> targets)
    {
        var cells = new int[inputs.Length];
        HashSet<long> seen = [];
        HashSet<(long, long)> followed = [];
        for (int i = 0; i < inputs.Length; i++)
        {
            (long current, long target) = (inputs[i], targets[i]);
            seen.Add(current);
            if (i > 0)
                followed.Add((inputs[i - 1], current));
            if (target == TokenSequences.NoTarget)
            {
                cells[i] = NoCell;
                continue;
            }
            var context = seen.Contains(target) ? TextContext.Seen : TextContext.New;
            if (followed.Contains((current, target)))
                context = TextContext.Induction;
            int cell = (2 * (int)context) + (IsName(current, target) ? 0 : 1);
            cells[i] = target == _separator ? NoCell : cell;
        }
        return cells;
    }

    /// <summary>Whether a target looks like a name: a word with a capital that does not begin a sentence. A rule of thumb.</summary>
    /// <param name="current">The token before it.</param>
    /// <param name="target">The target.</param>
    public bool IsName(long current, long target) => _capital[target] && !_ends[current];

    // A word's start and two letters at least, so that "I" is none.
    private static bool IsCapitalWord(string token) =>
        token.Length > 2 && (token[0] is '␣' or 'Ġ' or '▁') && char.IsUpper(token[1]) && char.IsLetter(token[2]);
}
