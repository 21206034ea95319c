using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Experiments;

/// <summary>Text as a model's token ids: what is fitted on, and what is only tested on.</summary>
/// <param name="Training">Text that scalars and circuits are fitted on, and that frequencies are counted in.</param>
/// <param name="Validation">Text that is only judged on.</param>
/// <param name="Separator">The id with which every window starts.</param>
/// <param name="Source">What text, in words: the training text, a semicolon, what is judged on.</param>
public sealed record ModelText(IReadOnlyList<int> Training, IReadOnlyList<int> Validation, int Separator, string Source)
{
    // TextBlocks cuts a short text into four windows: these then have 16 tokens, enough for one to occur twice.
    private const int FewestTokens = 64;

    /// <summary>
    /// The sequences that <see cref="Training"/> are the tokens of, each with targets: they are run as they stand, and not as windows of a
    /// text. Null where it is a text.
    /// </summary>
    public TokenSequences? TrainingSequences { get; init; }

    /// <summary>The same of <see cref="Validation"/>.</summary>
    public TokenSequences? ValidationSequences { get; init; }

    /// <summary>The training text's part of <see cref="Source"/>.</summary>
    public string TrainingSource => Source.Split(';')[0];

    /// <summary>Whether sequences came with targets of their own, so that these are no next tokens.</summary>
    public bool HasTargets { get; init; }

    /// <summary>
    /// Sequences in the place of text: the first four fifths are what is fitted on. Where they have no targets, each token's is the next
    /// one, and the last is only a target; else those without any are left out, and nothing is scored where a position has none.
    /// </summary>
    /// <param name="sequences">Sequences of one length.</param>
    /// <exception cref="ArgumentException">Their lengths differ, or there are too few targets.</exception>
    public static ModelText Of(TokenSequences sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        int length = sequences.Sequences[0].Length;
        if (sequences.Sequences.FirstOrDefault(sequence => sequence.Length != length) is { } other)
            throw new ArgumentException(
                $"Experiments take sequences of one length; {sequences.Source} has some of {length} tokens and some of {other.Length}.",
                nameof(sequences));
        if (sequences.Targets is null && length < 2)
            throw new ArgumentException($"{sequences.Source} has sequences of one token, which has no next one.", nameof(sequences));
        var scored = Scored(sequences);
        int first = 4 * scored.Length / 5;
        var (training, validation) = (scored[..first], scored[first..]);
        if (Targets(training) < FewestTokens || Targets(validation) < FewestTokens)
            throw new ArgumentException($"{sequences.Source} has {Targets(scored)} targets in {scored.Length} sequences; the last fifth, "
                + $"which is judged on, takes at least {FewestTokens}.", nameof(sequences));
        string source = $"the first four fifths of {sequences.Source}; judged on the rest";
        return new(Ids(training), Ids(validation), sequences.Start ?? -1, source)
        {
            TrainingSequences = Part(training),
            ValidationSequences = Part(validation),
            HasTargets = sequences.Targets is not null,
        };

        static int Targets((int[] Ids, int[] Targets)[] part) => part.Sum(one => one.Targets.Count(target => target >= 0));
        static int[] Ids((int[] Ids, int[] Targets)[] part) => [.. part.SelectMany(one => one.Ids)];
        TokenSequences Part((int[] Ids, int[] Targets)[] part) =>
            new(sequences.Source, [.. part.Select(one => one.Ids)], [.. part.Select(one => one.Targets)]);
    }

    // The sequences that have a target.
    private static (int[] Ids, int[] Targets)[] Scored(TokenSequences sequences) => sequences.Targets is null
        ? [.. sequences.Sequences.Select(ids => (ids[..^1], ids[1..]))]
        : [.. sequences.Sequences.Zip(sequences.Targets).Where(one => one.Second.Any(target => target >= 0))];

    /// <summary>Why there is no text for a model, or null where there is.</summary>
    /// <param name="model">The model: it needs a tokenizer that is known.</param>
    /// <param name="folder">The folder; null for none.</param>
    public static string? Missing(TransformerCheckpoint model, string? folder)
    {
        if (FilesOf(folder).Length == 0)
            return folder is null ? "there is no text to run the model on" : $"there is no text (*.txt, *.txt.gz) in {folder}";
        try
        {
            TextEncoding.Of(model);
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message.Split(" (Parameter")[0];
        }
    }

    /// <summary>
    /// Reads a folder: files whose names begin with <c>train</c> and <c>valid</c>; where there are none of either kind, the last fifth of
    /// all text is what is judged on.
    /// </summary>
    /// <param name="model">The model whose tokenizer is used.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Stops within a file.</param>
    /// <exception cref="ArgumentException">There is too little text.</exception>
    public static ModelText Read(TransformerCheckpoint model, string folder, CancellationToken cancellationToken = default)
    {
        var encoding = TextEncoding.Of(model);
        string[] files = FilesOf(folder), training = Named("train"), validation = Named("valid");
        var text = training.Length > 0 && validation.Length > 0
            ? new ModelText(Encode(training), Encode(validation), encoding.Separator, $"{Names(training)}; judged on {Names(validation)}")
            : Halves(Encode(files));
        if (text.Training.Count < FewestTokens || text.Validation.Count < FewestTokens)
            throw new ArgumentException($"The texts in {folder} have {text.Training.Count} and {text.Validation.Count} tokens; "
                + $"at least {FewestTokens} of each are needed.");
        return text;

        bool Starts(string file, string start) => Path.GetFileName(file).StartsWith(start, StringComparison.OrdinalIgnoreCase);
        string[] Named(string start) => [.. files.Where(file => Starts(file, start))];
        int[] Encode(string[] paths) => [.. paths.SelectMany(path => encoding.EncodeAll(new TextSource(path), cancellationToken))];

        ModelText Halves(int[] all)
        {
            int first = 4 * all.Length / 5;
            return new(all[..first], all[first..], encoding.Separator, $"the first four fifths of {Names(files)}; judged on the rest");
        }
    }

    /// <summary>How often each token occurs in the training text.</summary>
    /// <param name="vocabulary">Tokens, V.</param>
    public long[] Counts(int vocabulary)
    {
        var counts = new long[vocabulary];
        foreach (int id in Training)
            counts[id]++;
        return counts;
    }

    /// <summary>A digest of the tokens.</summary>
    internal string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (int[] part in new[] { [Training.Count, Separator], Training.ToArray(), Validation.ToArray() })
            hash.AppendData(MemoryMarshal.AsBytes<int>(part));
        foreach (int[] targets in new[] { TrainingSequences, ValidationSequences }.SelectMany(part => part?.Targets ?? []))
            hash.AppendData(MemoryMarshal.AsBytes<int>(targets));
        return Convert.ToHexString(hash.GetHashAndReset())[..16];
    }

    /// <summary>The text files of a folder and its folders, in order; none where there is no folder.</summary>
    /// <exception cref="IOException">The folder, or one in it, cannot be listed.</exception>
    public static string[] FilesOf(string? folder)
    {
        if (folder is null || !Directory.Exists(folder))
            return [];
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsText).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new FileException(folder, $"cannot be listed: {FileException.Reason(folder, e)}.", e);
        }

        static bool IsText(string file) =>
            file.EndsWith(".txt", StringComparison.Ordinal) || file.EndsWith(".txt.gz", StringComparison.Ordinal);
    }

    private static string Names(string[] files) =>
        files.Length > 3 ? $"{files.Length} files" : string.Join(", ", files.Select(Path.GetFileName));
}
