using OVPipeline.Checkpoints;

namespace OVPipeline.Torch;

/// <summary>
/// The windows of one token file in random order: an epoch cuts the file into windows from a random offset on and visits each once. Which
/// window is the n-th depends on the seed alone.
/// </summary>
internal sealed class WindowOrder
{
    private readonly TokenFile _file;
    private readonly int _context;

    // Offsets that an epoch may start at: the context, or fewer in a file of less than two windows.
    private readonly int _offsets;
    private readonly ulong _seed;
    private readonly int[] _order;
    private long _epoch = -1;
    private long _offset;

    /// <exception cref="CheckpointException">The file has no window.</exception>
    public WindowOrder(TokenFile file, int context, ulong seed)
    {
        if (file.Count < context)
            throw new CheckpointException(file.Path, null, $"has {file.Count} tokens, fewer than one window of {context}.");
        _file = file;
        _context = context;
        _seed = seed;
        _offsets = (int)Math.Min(context, file.Count - context + 1);
        _order = new int[(file.Count - (_offsets - 1)) / context];
    }

    /// <summary>Windows in an epoch.</summary>
    public int Windows => _order.Length;

    /// <summary>Copies the n-th window, counted over all epochs: n_ctx tokens.</summary>
    public void Read(long n, Span<long> tokens)
    {
        long epoch = n / Windows;
        if (epoch != _epoch)
            Shuffle(epoch);
        _file.Read(_offset + ((long)_order[n % Windows] * _context), tokens);
    }

    private void Shuffle(long epoch)
    {
        var random = new SplitMix64(SplitMix64.Combine(_seed, (ulong)epoch));
        _offset = random.Below(_offsets);
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        random.Shuffle(_order);
        _epoch = epoch;
    }
}
