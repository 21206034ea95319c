using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Benchmarks;

/// <summary>How a circuit's copying is scored with libtorch: batches of rows, each a product with G and a pass over its logits.</summary>
/// <param name="circuit">The circuit.</param>
/// <param name="device">Where it is scored.</param>
internal sealed class TorchScoring(TokenCircuit circuit, string device = "cpu") : IDisposable
{
    private const int TutorialBatch = 100, BufferBatch = 64;

    private readonly torch.Tensor _h = TorchTensors.Of(circuit.H, device), _g = TorchTensors.Of(circuit.G, device);

    /// <summary>Rows ranked first and among the first five, by the last run.</summary>
    public (long Top1, long Top5) Last { get; private set; }

    /// <summary>The tutorial's way: <c>topk(5)</c> of each batch's logits, compared with the tokens' own ids.</summary>
    public void TopK(int rows)
    {
        using var noGradients = torch.no_grad();
        long top1 = 0, top5 = 0;
        for (int from = 0; from < rows; from += TutorialBatch)
        {
            using var scope = torch.NewDisposeScope();
            int end = Math.Min(rows, from + TutorialBatch);
            var (_, tokens) = _h.slice(0, from, end, 1).matmul(_g).topk(5, 1);
            var hits = tokens.eq(torch.arange(from, end, torch.ScalarType.Int64, _h.device).unsqueeze(1));
            top1 += hits.select(1, 0).sum().item<long>();
            top5 += hits.sum().item<long>();
        }
        Last = (top1, top5);
    }

    /// <summary>The fastest exact way that was found: one reused buffer, and a count of the logits above the label's.</summary>
    public void CountAbove(int rows)
    {
        using var noGradients = torch.no_grad();
        using var buffer = torch.empty(BufferBatch, _g.shape[1], device: _h.device);
        long top1 = 0, top5 = 0;
        for (int from = 0; from < rows; from += BufferBatch)
        {
            using var scope = torch.NewDisposeScope();
            int end = Math.Min(rows, from + BufferBatch);
            var logits = buffer.slice(0, 0, end - from, 1);
            logits.addmm_(_h.slice(0, from, end, 1), _g, 0, 1);
            var above = logits.gt(logits.diagonal(from, 0, 1).unsqueeze(1)).count_nonzero([1L]);
            top1 += above.eq(0).sum().item<long>();
            top5 += above.lt(5).sum().item<long>();
        }
        Last = (top1, top5);
    }

    public void Dispose()
    {
        _h.Dispose();
        _g.Dispose();
    }
}
