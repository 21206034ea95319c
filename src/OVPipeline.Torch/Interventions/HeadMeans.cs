using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What heads write on average over a reference text: what mean ablation puts in their place.</summary>
public sealed class HeadMeans
{
    private readonly Dictionary<HeadIndex, Matrix> _means;

    private HeadMeans(bool perPosition, Dictionary<HeadIndex, Matrix> means) => (PerPosition, _means) = (perPosition, means);

    /// <summary>Whether there is a mean for each position; else one over all.</summary>
    public bool PerPosition { get; }

    /// <summary>A head's mean, [T, d_model] by position or [1, d_model].</summary>
    /// <exception cref="ArgumentException">It was not measured.</exception>
    public Matrix this[HeadIndex head] => _means.TryGetValue(head, out var mean) ? mean
        : throw new ArgumentException($"The means of head {head} were not measured; those of {string.Join(", ", _means.Keys)} were.", nameof(head));

    /// <summary>Runs the unchanged model on a reference text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Token ids, [B, T], Int64.</param>
    /// <param name="perPosition">A mean for each position (over sequences), or one over sequences and positions.</param>
    /// <param name="heads">Which heads; none for all.</param>
    /// <exception cref="ArgumentException">The tokens do not fit the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    public static HeadMeans Over(AttentionOnlyTransformer model, Tensor tokens, bool perPosition, params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(heads);
        var config = model.Config.ToTransformerConfig();
        HeadIndex[] wanted = heads.Count == 0 ? [.. config.AllHeads] : [.. heads.Distinct()];
        foreach (var head in wanted)
            config.RequireHead(head);
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        Dictionary<HeadIndex, Tensor> sums = [];
        const int Chunk = 16;
        for (long first = 0; first < tokens.shape[0]; first += Chunk)
        {
            using var part = NewDisposeScope();
            var written = ForwardRun.Writes(model, tokens.narrow(0, first, Math.Min(Chunk, tokens.shape[0] - first)), wanted);
            foreach (var head in wanted)
            {
                var sum = written[head].to(ScalarType.Float64).sum([0L]); // [T, d_model]
                sums[head] = (sums.TryGetValue(head, out var before) ? before.Plus(sum) : sum).MoveToOuterDisposeScope();
            }
        }
        return new(perPosition, wanted.ToDictionary(head => head, head =>
        {
            var mean = sums[head].Over(tokens.shape[0]);
            mean = perPosition ? mean : mean.mean([0], keepdim: true);
            return new Matrix((int)mean.shape[0], model.Config.DModel, ModuleWeights.Values(mean));
        }));
    }
}
