using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// Sequences of token ids as a model reads them, with nothing put before or after them, and at chosen positions the output that is right:
/// what takes the place of text for a model that has no tokenizer. Sequences may differ in length; they are run in batches of one length,
/// so that none is padded.
/// </summary>
public sealed class TokenSequences
{
    /// <summary>The target of a position that is not scored.</summary>
    public const int NoTarget = -1;

    /// <summary>Sequences of ids.</summary>
    /// <param name="source">What they are, in words or a file's name.</param>
    /// <param name="sequences">Ids of tokens, one or more in each.</param>
    /// <param name="targets">
    /// For each sequence as many ids of outputs, <see cref="NoTarget"/> where a position is not scored; null where none is given.
    /// </param>
    /// <exception cref="ArgumentException">There is no sequence, one is empty, or targets are not as many as their tokens.</exception>
    public TokenSequences(string source, IReadOnlyList<int[]> sequences, IReadOnlyList<int[]>? targets = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Count == 0 || sequences.Any(sequence => sequence.Length == 0))
            throw new ArgumentException("Sequences are one or more, of one token or more.", nameof(sequences));
        bool fits = targets is null
            || (targets.Count == sequences.Count && sequences.Zip(targets).All(both => both.First.Length == both.Second.Length));
        if (!fits)
            throw new ArgumentException("Targets are as many as tokens, sequence by sequence.", nameof(targets));
        Source = source;
        Sequences = sequences;
        Targets = targets;
    }

    /// <summary>What they are.</summary>
    public string Source { get; }

    /// <summary>Ids of tokens, by sequence.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>Ids of outputs, by sequence and position, <see cref="NoTarget"/> where there is none; null where none is given.</summary>
    public IReadOnlyList<int[]>? Targets { get; }

    /// <summary>Tokens in all sequences.</summary>
    public long Tokens => Sequences.Sum(sequence => (long)sequence.Length);

    /// <summary>The id that every sequence begins with; null where they begin differently.</summary>
    public int? Start => Sequences.All(sequence => sequence[0] == Sequences[0][0]) ? Sequences[0][0] : null;

    /// <summary>The ids that occur, ascending, without that which all begin with.</summary>
    public IReadOnlyList<int> DistinctTokens() =>
        [.. Sequences.SelectMany(sequence => sequence).Distinct().Where(id => id != Start).Order()];

    /// <summary>
    /// The same with the next tokens as targets, none at the last position, where none are given: what a model whose outputs are its tokens
    /// predicts.
    /// </summary>
    public TokenSequences OrNextTokens() => Targets is not null
        ? this
        : new(Source, Sequences, [.. Sequences.Select(sequence => (int[])[.. sequence.Skip(1), NoTarget])]);

    /// <summary>Some of the sequences, with their targets.</summary>
    /// <param name="first">The first one's place, 0-based.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not there, or none.</exception>
    public TokenSequences Part(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Sequences.Count - first);
        return new(Source, [.. Sequences.Skip(first).Take(count)], Targets is null ? null : [.. Targets.Skip(first).Take(count)]);
    }

    /// <summary>The places of sequences of one length, at most so many together, in order: what is run at once.</summary>
    /// <param name="most">Sequences together, at most.</param>
    public IEnumerable<int[]> Batches(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        return Enumerable.Range(0, Sequences.Count).GroupBy(place => Sequences[place].Length).OrderBy(group => group.First())
            .SelectMany(group => group.Chunk(most));
    }

    /// <summary>
    /// Reads sequences for a model: a text file of ids, one sequence a line, with spaces, tabs or commas between them; or a .npy file of
    /// integers, of one dimension (one sequence) or of two.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="targets">
    /// A file of outputs of the same form: a line for each sequence, with as many as it has tokens and a dash (in .npy any number below 0)
    /// where a position is not scored, or with a single one, which is that of the last position. Null for none.
    /// </param>
    /// <exception cref="FormatException">
    /// A file is empty, holds something else than integers, an id that the model does not have or more tokens than it has positions, or
    /// targets do not fit their sequences; the message names line and column, counted in numbers.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TokenSequences Read(string path, TransformerConfig config, string? targets = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(config);
        var sequences = IntegerRows.Read(path);
        sequences.Require(config.Vocabulary, $"token of {config.Name}", mayBeNone: false);
        sequences.RequireLength(config);
        return new(Path.GetFileName(path), sequences.Rows, targets is null ? null : Fitted(IntegerRows.Read(targets), sequences, config));
    }

    private static int[][] Fitted(IntegerRows targets, IntegerRows sequences, TransformerConfig config)
    {
        targets.Require(config.OutputVocabulary, $"output of {config.Name}", mayBeNone: true);
        if (targets.Rows.Count != sequences.Rows.Count)
            throw new FormatException($"{targets.Name} has targets of {targets.Rows.Count} sequences, {sequences.Name} has "
                + $"{sequences.Rows.Count}.");
        var fitted = targets.Rows.Select((row, i) =>
        {
            int length = sequences.Rows[i].Length;
            if (row.Length == length)
                return row;
            return row.Length == 1
                ? [.. Enumerable.Repeat(NoTarget, length - 1), row[0]]
                : throw new FormatException($"{targets.Name}, {targets.PlaceOf(i)} has {row.Length} targets, its sequence has {length} "
                    + "tokens: one for each, or a single one for the last.");
        }).ToArray();
        return fitted.Any(row => row.Any(target => target != NoTarget))
            ? fitted
            : throw new FormatException($"{targets.Name} has no target: every position is left out.");
    }
}
