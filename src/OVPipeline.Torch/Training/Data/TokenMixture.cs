namespace OVPipeline.Torch;

/// <summary>
/// Token files, and how much of training is drawn from each. Sequences are drawn so that after any number of them each file has its
/// share, to within one sequence.
/// </summary>
public sealed class TokenMixture
{
    /// <summary>A mixture.</summary>
    /// <param name="parts">Files and their positive weights.</param>
    /// <exception cref="ArgumentException">
    /// There are none, a weight is not positive, or the files were made with different tokenizers.
    /// </exception>
    public TokenMixture(IReadOnlyList<(TokenFile File, double Weight)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
            throw new ArgumentException("A mixture has at least one token file.", nameof(parts));
        foreach (var (file, weight) in parts)
        {
            if (!(weight > 0) || !double.IsFinite(weight))
                throw new ArgumentException($"The weight of {file.Path} must be positive, was {weight}.", nameof(parts));
            if (file.TokenizerDigest != parts[0].File.TokenizerDigest)
                throw new ArgumentException($"{file.Path} and {parts[0].File.Path} were made with different tokenizers.", nameof(parts));
        }
        double total = parts.Sum(part => part.Weight);
        Parts = [.. parts.Select(part => (part.File, part.Weight / total))];
    }

    /// <summary>One file.</summary>
    public TokenMixture(TokenFile file) : this([(file, 1)]) { }

    /// <summary>The files and their shares, which sum to 1.</summary>
    public IReadOnlyList<(TokenFile File, double Share)> Parts { get; }

    /// <summary>Tokens in all files.</summary>
    public long Count => Parts.Sum(part => part.File.Count);

    /// <summary>The tokenizer's vocabulary.</summary>
    public int Vocabulary => Parts[0].File.Vocabulary;

    /// <summary>SHA-256 of the tokenizer's file, in hexadecimal.</summary>
    public string TokenizerDigest => Parts[0].File.TokenizerDigest;
}
