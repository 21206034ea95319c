using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>Logits of some positions at a time, so that those of all positions over a large vocabulary are never held.</summary>
internal static class LogitRows
{
    // 30 MiB of floats: all positions of a block at once in a vocabulary of 3,800 tokens. Memory of more is not used again by the C
    // library, and each of its pages is zeroed anew.
    private const long Values = 30 << 18;

    /// <summary>Runs of rows.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="outputs">Logits of a row.</param>
    public static IEnumerable<(long First, long Count)> Of(long rows, long outputs)
    {
        long most = Math.Max(1, Values / outputs);
        for (long first = 0; first < rows; first += most)
            yield return (first, Math.Min(most, rows - first));
    }

    /// <summary>Losses in nats, [M], of a final residual stream, [M, d_model].</summary>
    public static Tensor LossesOf(LayerBlock block, Tensor residual)
    {
        List<Tensor> losses = [];
        foreach (var (first, count) in Of(residual.shape[0], block.Outputs))
        {
            using var scope = NewDisposeScope();
            var logits = block.Unembed(residual.narrow(0, first, count));
            losses.Add(logits.NextTokenLosses(block.Targets.narrow(0, first, count)).MoveToOuterDisposeScope());
        }
        return losses.Count == 1 ? losses[0] : cat(losses);
    }
}
