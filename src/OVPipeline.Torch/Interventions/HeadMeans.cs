using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// What heads write on average over a reference text: what mean ablation puts in their place. <see cref="HeadMeansMeasure"/> measures it.
/// </summary>
public sealed class HeadMeans
{
    private readonly Dictionary<HeadIndex, Matrix> _means;

    internal HeadMeans(bool perPosition, Dictionary<HeadIndex, Matrix> means)
    {
        PerPosition = perPosition;
        _means = means;
    }

    /// <summary>Whether there is a mean for each position; else one over all.</summary>
    public bool PerPosition { get; }

    /// <summary>A head's mean, [T, d_model] by position or [1, d_model].</summary>
    /// <exception cref="ArgumentException">It was not measured.</exception>
    public Matrix this[HeadIndex head] => _means.TryGetValue(head, out var mean)
        ? mean
        : throw new ArgumentException(
            $"The means of head {head} were not measured; those of {string.Join(", ", _means.Keys)} were.",
            nameof(head));
}
