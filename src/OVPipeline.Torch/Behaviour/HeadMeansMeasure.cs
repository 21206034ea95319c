using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Measures what heads write on average, for mean ablation.</summary>
public static class HeadMeansMeasure
{
    // Sequences that are run at once. What is kept of one is [T, d_model] a head, so this bounds memory and changes no mean by more than
    // the rounding of a sum of doubles.
    private const int Chunk = 16;

    /// <summary>Runs the unchanged model on a reference text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">Token ids, [B, T], Int64.</param>
    /// <param name="perPosition">A mean for each position (over sequences), or one over sequences and positions.</param>
    /// <param name="heads">Which heads; none for all.</param>
    /// <exception cref="ArgumentException">The tokens do not fit the model.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The model has no such head.</exception>
    public static HeadMeans Over(
        Transformer model,
        Tensor tokens,
        bool perPosition,
        params IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(heads);
        var config = model.Config;
        HeadIndex[] wanted = heads.Count == 0 ? [.. config.AllHeads] : [.. heads.Distinct()];
        foreach (var head in wanted)
            config.RequireHead(head);
        using var scope = CallScope.Holding(model, tokens);
        using var gradients = no_grad();
        Dictionary<HeadIndex, Tensor> sums = SumsOverSequences(model, tokens, wanted);
        return new(perPosition, wanted.ToDictionary(head => head, head =>
        {
            var mean = sums[head].Over(tokens.shape[0]);
            mean = perPosition ? mean : mean.mean([0], keepdim: true);
            return new Matrix((int)mean.shape[0], model.Config.DModel, ModuleWeights.Values(mean));
        }));
    }

    // [T, d_model] a head, in double precision.
    private static Dictionary<HeadIndex, Tensor> SumsOverSequences(Transformer model, Tensor tokens, HeadIndex[] heads)
    {
        Dictionary<HeadIndex, Tensor> sums = [];
        for (long first = 0; first < tokens.shape[0]; first += Chunk)
        {
            using var part = NewDisposeScope();
            var written = ForwardRun.Writes(model, tokens.narrow(0, first, Math.Min(Chunk, tokens.shape[0] - first)), heads);
            foreach (var head in heads)
            {
                var sum = written[head].to(ScalarType.Float64).sum([0L]);
                sums[head] = (sums.TryGetValue(head, out var before) ? before.Plus(sum) : sum).MoveToOuterDisposeScope();
            }
        }
        return sums;
    }
}
