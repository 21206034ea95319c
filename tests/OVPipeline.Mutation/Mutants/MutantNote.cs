namespace OVPipeline.Mutation;

/// <summary>
/// A note about one mutant in a file that people write: the place, the code before (-) and after (+), and what is to be known of it (=).
/// A line that starts with # is for readers.
/// <code>
/// OVPipeline.Core ErrorBound.Of(int) boundary 1
///   - count &lt; 8
///   + count &lt;= 8
///   = A count of 8 is never asked for.
/// </code>
/// </summary>
/// <param name="Project">The project.</param>
/// <param name="Member">Type and member; without its parameters where it has one overload.</param>
/// <param name="Place">Operator and ordinal, or empty for a mutant that the note itself makes.</param>
/// <param name="Before">The code before.</param>
/// <param name="After">The code after.</param>
/// <param name="Reason">What is to be known of it.</param>
internal sealed record MutantNote(string Project, string Member, string Place, string Before, string After, string Reason)
{
    /// <summary>Whether the note is about this member.</summary>
    public bool Names(string member) => member == Member || member.StartsWith(Member + '(', StringComparison.Ordinal);

    /// <summary>Whether the note is about this mutant: the place and the code, so that an old note does not hide a new fault.</summary>
    public bool IsAbout(Mutant mutant) =>
        $"{Project} {Member} {Place}" == mutant.Identity
        && MutantFinder.Compact(Before) == MutantFinder.Compact(mutant.Before)
        && MutantFinder.Compact(After) == MutantFinder.Compact(mutant.After);

    /// <exception cref="InvalidDataException">A note lacks one of its parts.</exception>
    public static IReadOnlyList<MutantNote> ReadAll(string path)
    {
        var notes = new List<MutantNote>();
        foreach (string line in File.ReadLines(path).Select(line => line.TrimEnd()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] != ' ')
                notes.Add(Begin(line));
            else
                notes[^1] = notes[^1].With(line.Trim());
        }
        MutantNote? unfinished = notes.FirstOrDefault(note => note.Before.Length == 0 || note.Reason.Length == 0);
        return unfinished is null ? notes : throw new InvalidDataException($"{path}: {unfinished.Member} lacks its code or its reason.");
    }

    private static MutantNote Begin(string heading)
    {
        string[] words = heading.Split(' ', 3);
        if (words.Length < 2)
            throw new InvalidDataException($"\"{heading}\" is not a project and a member.");
        return new MutantNote(words[0], words[1], words.Length == 3 ? words[2] : "", "", "", "");
    }

    private MutantNote With(string line) => line[0] switch
    {
        '-' => this with { Before = line[1..].Trim() },
        '+' => this with { After = line[1..].Trim() },
        '=' => this with { Reason = line[1..].Trim() },
        _ => this with { Reason = $"{Reason} {line}" },
    };
}
