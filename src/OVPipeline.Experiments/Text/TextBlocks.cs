using OVPipeline.Torch;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>Blocks of neighbouring windows, about 2,000 tokens each, at even distances over a text: the units that text losses vary over.</summary>
public sealed class TextBlocks
{
    private const int BlockTokens = 2000;

    private readonly TextWindows _windows;
    private readonly int[] _starts;
    private readonly int _perBlock;

    /// <param name="tokens">The text.</param>
    /// <param name="context">Tokens in a window, at most; fewer where the text is short.</param>
    /// <param name="separator">The id with which every window starts.</param>
    /// <param name="most">Blocks, at most.</param>
    public TextBlocks(IReadOnlyList<int> tokens, int context, int separator, int most)
    {
        _windows = new(tokens, Math.Clamp(tokens.Count / 4, 2, context), separator);
        _perBlock = Math.Clamp((int)Math.Round((double)BlockTokens / _windows.Context), 1, Math.Max(1, _windows.Count / 2));
        int all = _windows.Count / _perBlock, count = Math.Min(most, all);
        _starts = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * all / count) * _perBlock)];
    }

    /// <summary>Number of blocks.</summary>
    public int Count => _starts.Length;

    /// <summary>For each block the 0-based number of the book in which it starts.</summary>
    public IReadOnlyList<int> Books => [.. _starts.Select(start => _windows.Documents[start])];

    /// <summary>Tokens to predict in a block.</summary>
    public int Tokens => _perBlock * _windows.Context;

    /// <summary>What the model reads, and what it has to predict, [windows, T] each.</summary>
    public (Tensor Inputs, Tensor Targets) this[int block] => (_windows.Inputs(_starts[block], _perBlock), _windows.Targets(_starts[block], _perBlock));
}
