using OVPipeline.Torch;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Blocks of neighbouring windows, about 2,000 tokens each, at even distances over a text: the units that text losses vary over. A window
/// starts with a separator and knows nothing of the text before it.
/// </summary>
public sealed class TextBlocks
{
    // Whole windows, and many times a sentence, so that blocks are about independent; a novel still has dozens of them.
    private const int BlockTokens = 2000;

    // Windows of models of longer contexts, or of none that is told: patterns of longer ones take memory by the square.
    private const int LongestWindow = 2048, UsualWindow = 512;

    private readonly TextWindows? _windows;
    private readonly TokenSequences? _sequences;
    private readonly int _context;
    private readonly int[] _starts;
    private readonly int _perBlock;

    /// <summary>Blocks of a text.</summary>
    /// <param name="tokens">The text, as token ids.</param>
    /// <param name="context">Tokens in a window, at most; a quarter of the text where it is short.</param>
    /// <param name="separator">The id with which every window starts.</param>
    /// <param name="most">Blocks, at most.</param>
    /// <exception cref="ArgumentException">The text is shorter than a window of two tokens.</exception>
    public TextBlocks(IReadOnlyList<int> tokens, int context, int separator, int most)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        int longest = context == 0 ? UsualWindow : Math.Min(context, LongestWindow);
        _windows = new(tokens, Math.Clamp(tokens.Count / 4, 2, Math.Max(2, longest)), separator);
        _context = _windows.Context;
        (_perBlock, _starts) = Cut(_windows.Count, _context, most);
    }

    /// <summary>Blocks of sequences, each as it stands.</summary>
    /// <param name="sequences">Sequences of one length, each with targets.</param>
    /// <param name="most">Blocks, at most.</param>
    /// <exception cref="ArgumentException">There are no targets.</exception>
    public TextBlocks(TokenSequences sequences, int most)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Targets is null)
            throw new ArgumentException("Blocks are of sequences with targets.", nameof(sequences));
        _sequences = sequences;
        _context = sequences.Sequences[0].Length;
        (_perBlock, _starts) = Cut(sequences.Sequences.Count, _context, most);
    }

    /// <summary>Number of blocks.</summary>
    public int Count => _starts.Length;

    /// <summary>For each block the 0-based number of the book in which it starts.</summary>
    public IReadOnlyList<int> Books => [.. _starts.Select(start => _windows?.Documents[start] ?? 0)];

    /// <summary>Tokens that the model reads in a block.</summary>
    public int Tokens => _perBlock * _context;

    /// <summary>Tokens that it reads in all blocks.</summary>
    public long TotalTokens => (long)Count * Tokens;

    /// <summary>Positions that are scored in all blocks: all of a text, those with a target of sequences.</summary>
    public long TotalTargets => _sequences is null
        ? TotalTokens
        : _starts.SelectMany(start => _sequences.Targets!.Skip(start).Take(_perBlock)).Sum(row => row.LongCount(target => target >= 0));

    /// <summary>A block's tokens; the caller disposes them.</summary>
    /// <param name="block">Its 0-based number.</param>
    public TextBlock this[int block] => _windows is null
        ? new(Rows(_sequences!.Sequences, _starts[block]), Rows(_sequences.Targets!, _starts[block]))
        : new(_windows.Inputs(_starts[block], _perBlock), _windows.Targets(_starts[block], _perBlock));

    private static (int PerBlock, int[] Starts) Cut(int windows, int context, int most)
    {
        int wanted = (int)Math.Round((double)BlockTokens / context);
        int half = Math.Max(1, windows / 2); // so that a short text still has two blocks
        int perBlock = Math.Clamp(wanted, 1, half);
        int all = windows / perBlock;
        int count = Math.Min(most, all);
        return (perBlock, [.. Enumerable.Range(0, count).Select(i => (int)((long)i * all / count) * perBlock)]);
    }

    private Tensor Rows(IReadOnlyList<int[]> ids, int first) =>
        tensor(ids.Skip(first).Take(_perBlock).SelectMany(row => row).Select(id => (long)id).ToArray(), [_perBlock, _context]);
}

/// <summary>Token ids of neighbouring windows, int64.</summary>
/// <param name="Inputs">What the model reads, [B, T].</param>
/// <param name="Targets">
/// What it has to predict, [B, T]: of a text the next token; <see cref="TokenSequences.NoTarget"/> where a position is not scored.
/// </param>
public sealed record TextBlock(Tensor Inputs, Tensor Targets);
