using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Windows of a text: T tokens to predict, each from the separator and those before it. Position 0 reads the separator, position i the
/// window's token i - 1.
/// </summary>
public sealed class TextWindows
{
    private readonly IReadOnlyList<int> _tokens;
    private readonly int[] _starts;
    private readonly int _separator;

    /// <summary>Windows of token ids.</summary>
    /// <param name="tokens">The text, as <see cref="TextEncoding.EncodeAll"/> gives it.</param>
    /// <param name="context">Tokens in a window, T.</param>
    /// <param name="separator">The id with which every window starts.</param>
    /// <param name="count">Windows at even distances over the text, at most as many as it has; null for all, one after the other.</param>
    /// <exception cref="ArgumentException">The text is shorter than a window.</exception>
    public TextWindows(IReadOnlyList<int> tokens, int context, int separator, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(count ?? 1, 1, nameof(count));
        int all = tokens.Count / context;
        if (all == 0)
            throw new ArgumentException($"The text has {tokens.Count} tokens, fewer than one window of {context}.", nameof(tokens));
        _tokens = tokens;
        Context = context;
        _separator = separator;
        // Where only some are taken, the last one starts at (count - 1) stride <= N - T - 1: all of it lies in the text.
        int stride = count < all ? (tokens.Count - context - 1) / count.Value : context;
        _starts = [.. Enumerable.Range(0, Math.Min(count ?? all, all)).Select(i => i * stride)];
        Documents = DocumentsOf(_starts);
    }

    /// <summary>Number of windows.</summary>
    public int Count => _starts.Length;

    /// <summary>Tokens in a window, T.</summary>
    public int Context { get; }

    /// <summary>For each window the 0-based number of the document in which it starts.</summary>
    public IReadOnlyList<int> Documents { get; }

    /// <summary>The tokens of a window, T.</summary>
    public IEnumerable<int> this[int window] => Enumerable.Range(_starts[window], Context).Select(i => _tokens[i]);

    /// <summary>What the model reads in some windows: the separator and all tokens but the last, [count, T].</summary>
    public Tensor Inputs(int first, int count) => ToTensor(first, count, window => this[window].SkipLast(1).Prepend(_separator));

    /// <summary>What it has to predict, [count, T].</summary>
    public Tensor Targets(int first, int count) => ToTensor(first, count, window => this[window]);

    /// <summary>The ids that occur in the windows, ascending.</summary>
    public IReadOnlyList<int> DistinctTokens() => [.. Enumerable.Range(0, Count).SelectMany(window => this[window]).Distinct().Order()];

    private Tensor ToTensor(int first, int count, Func<int, IEnumerable<int>> row) =>
        tensor(Enumerable.Range(first, count).SelectMany(row).Select(id => (long)id).ToArray(), [count, Context]);

    private int[] DocumentsOf(int[] starts)
    {
        var documents = new int[starts.Length];
        for (int at = 0, document = 0, window = 0; window < starts.Length; window++)
        {
            for (; at < starts[window]; at++)
                document += _tokens[at] == _separator ? 1 : 0;
            documents[window] = document;
        }
        return documents;
    }
}
