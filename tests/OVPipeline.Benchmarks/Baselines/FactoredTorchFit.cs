using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Benchmarks;

/// <summary>
/// The same fit with the gradient written by hand: <c>H = W_E[batch] A</c>, <c>G = B W_U</c>, softmax in a reused buffer, no autograd
/// through V x d_model.
/// </summary>
internal sealed class FactoredTorchFit : TorchFit
{
    private const double FirstDecay = 0.9, SecondDecay = 0.999, Epsilon = 1e-8;

    // exp(-60) is nothing beside the label's share, and keeps products out of the slow denormal range.
    private const double LowestExponent = -60;

    private readonly torch.Tensor _embedding, _outputs;
    private readonly (torch.Tensor Value, torch.Tensor Mean, torch.Tensor Square)[] _factors;
    private torch.Tensor? _buffer;

    public FactoredTorchFit(SyntheticModel model, int rank, int steps, int seed, string device = "cpu")
        : base(model, steps, seed, device)
    {
        var (a, b) = Start(model.Embedding.Columns, rank, seed);
        _embedding = TorchTensors.Of(model.Embedding, device);
        _outputs = TorchTensors.Of(model.Unembedding.Transpose(), device);
        _factors = [.. new[] { TorchTensors.Of(a, device), TorchTensors.Of(b, device) }
            .Select(value => (value, torch.zeros_like(value), torch.zeros_like(value)))];
    }

    public override FactoredMatrix Factors => new(TorchTensors.ToMatrix(_factors[0].Value),
        TorchTensors.ToMatrix(_factors[1].Value).Transpose());

    public override void Dispose()
    {
        _buffer?.Dispose();
        _embedding.Dispose();
        _outputs.Dispose();
        foreach (var (value, mean, square) in _factors)
            foreach (var tensor in new[] { value, mean, square })
                tensor.Dispose();
    }

    protected override void Descend(torch.Tensor batch, double rate)
    {
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        long rows = batch.shape[0];
        var sources = _embedding.index_select(0, batch);
        torch.Tensor h = sources.matmul(_factors[0].Value), g = _outputs.matmul(_factors[1].Value);
        _buffer ??= torch.empty(rows, g.shape[0], device: g.device).DetachFromDisposeScope();
        var p = _buffer.addmm_(h, g.t(), 0, 1);
        p.sub_(p.amax([1L], true)).clamp_min_(LowestExponent).exp_();
        p.mul_(1.0 / (rows * p.sum(1, true)));
        p.scatter_add_(1, batch.unsqueeze(1), torch.full([rows, 1L], -1f / rows, device: p.device));
        Update(0, sources.t().matmul(p.matmul(g)), rate);
        Update(1, _outputs.t().matmul(p.t().matmul(h)), rate);
    }

    private void Update(int factor, torch.Tensor gradient, double rate)
    {
        var (value, mean, square) = _factors[factor];
        int step = Step + 1;
        mean.mul_(FirstDecay).add_(gradient, alpha: 1 - FirstDecay);
        square.mul_(SecondDecay).addcmul_(gradient, gradient, 1 - SecondDecay);
        var deviation = (square / (1 - Math.Pow(SecondDecay, step))).sqrt_().add_(Epsilon);
        value.addcdiv_(mean, deviation, -rate / (1 - Math.Pow(FirstDecay, step)));
    }
}
