using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Benchmarks;

/// <summary>
/// A low-rank copier trained with libtorch from a random start: Adam on random batches of rows against the whole vocabulary, with a short
/// warm-up and a learning rate that falls along a straight line.
/// </summary>
internal abstract class TorchFit : IDisposable
{
    private const double LearningRate = 3e-3, LowestShare = 0.05;
    private const int Batch = 512, WarmUpSteps = 20;

    private readonly Random _random;
    private readonly int _vocabulary, _steps;
    private readonly long[] _order;
    private int _at;

    /// <summary>Prepares a fit of a number of steps on a device.</summary>
    protected TorchFit(SyntheticModel model, int steps, int seed, string device)
    {
        Device = device;
        (_random, _steps, _vocabulary) = (new Random(seed), steps, model.Embedding.Rows);
        _order = [.. Enumerable.Range(0, _vocabulary).Select(i => (long)i)];
        _at = _vocabulary;
    }

    /// <summary>The number of steps taken.</summary>
    public int Step { get; private set; }

    /// <summary>Where it is computed.</summary>
    protected string Device { get; }

    /// <summary>Whether all steps were taken.</summary>
    public bool Ended => Step == _steps;

    /// <summary>The factors as they are, A [d_model, r] and B [r, d_model].</summary>
    public abstract FactoredMatrix Factors { get; }

    /// <summary>Takes steps, fewer where the fit ends before.</summary>
    public void TakeSteps(int count)
    {
        for (int end = Math.Min(_steps, Step + count); Step < end; Step++)
        {
            double rate = LearningRate * Math.Min(1, (Step + 1.0) / WarmUpSteps) * Math.Max(LowestShare, 1 - (double)Step / _steps);
            using var batch = NextBatch();
            Descend(batch, rate);
        }
    }

    public abstract void Dispose();

    /// <summary>The random start, the same for every kind of fit: normal, of variance <c>1 / d_model</c>.</summary>
    protected static (Matrix A, Matrix BTransposed) Start(int width, int rank, int seed)
    {
        double deviation = 1 / Math.Sqrt(width);
        return (SyntheticMatrix.Normal(width, rank, deviation, seed, 20), SyntheticMatrix.Normal(width, rank, deviation, seed, 21));
    }

    /// <summary>One step on a batch of tokens.</summary>
    protected abstract void Descend(torch.Tensor batch, double rate);

    private torch.Tensor NextBatch()
    {
        int size = Math.Min(Batch, _vocabulary);
        if (_at + size > _vocabulary)
        {
            _random.Shuffle(_order);
            _at = 0;
        }
        return torch.tensor(_order[_at..(_at += size)], device: new(Device));
    }
}
