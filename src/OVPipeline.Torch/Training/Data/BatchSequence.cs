namespace OVPipeline.Torch;

/// <summary>The batches of a run: what the n-th one holds depends on the seed and the mixture alone.</summary>
internal sealed class BatchSequence
{
    private readonly TokenMixture _mixture;
    private readonly WindowOrder[] _orders;
    private readonly long[] _drawn;
    private long _total;

    public BatchSequence(TokenMixture mixture, int context, ulong seed)
    {
        _mixture = mixture;
        _orders = [.. mixture.Parts.Select((part, i) => new WindowOrder(part.File, context, SplitMix64.Combine(seed, (ulong)i)))];
        _drawn = new long[_orders.Length];
    }

    /// <summary>Sequences drawn from each file so far.</summary>
    public IReadOnlyList<long> Drawn => _drawn;

    /// <summary>Epochs of each file so far.</summary>
    public IEnumerable<double> Epochs => _orders.Select((order, i) => (double)_drawn[i] / order.Windows);

    /// <summary>Goes to where a number of sequences was drawn.</summary>
    public void Seek(long sequences)
    {
        Array.Clear(_drawn);
        for (_total = 0; _total < sequences;)
            NextPart();
    }

    /// <summary>Fills a batch with the next sequences.</summary>
    public void Fill(TokenBatch batch)
    {
        for (int b = 0; b < batch.Sequences; b++)
        {
            int part = NextPart();
            _orders[part].Read(_drawn[part] - 1, batch.Targets.AsSpan(b * batch.Context, batch.Context));
            batch.Prepend(b, _mixture.Parts[part].File.Separator);
        }
    }

    // The file that lags most behind its share.
    private int NextPart()
    {
        int most = 0;
        double lag = double.NegativeInfinity;
        for (int i = 0; i < _drawn.Length; i++)
        {
            double behind = (_mixture.Parts[i].Share * (_total + 1)) - _drawn[i];
            if (behind > lag)
            {
                most = i;
                lag = behind;
            }
        }
        _drawn[most]++;
        _total++;
        return most;
    }
}
