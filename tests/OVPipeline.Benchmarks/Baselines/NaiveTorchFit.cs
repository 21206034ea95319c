using OVPipeline.Core;
using TorchSharp;
using TorchSharp.Modules;

namespace OVPipeline.Benchmarks;

/// <summary>The fit as it is written down: logits <c>W_E[batch] A B W_U</c>, cross_entropy, backward, Adam.</summary>
internal sealed class NaiveTorchFit : TorchFit
{
    private readonly torch.Tensor _embedding, _unembedding;
    private readonly Parameter _a, _b;
    private readonly torch.optim.Optimizer _adam;

    public NaiveTorchFit(SyntheticModel model, int rank, int steps, int seed, string device = "cpu")
        : base(model, steps, seed, device)
    {
        var (a, b) = Start(model.Embedding.Columns, rank, seed);
        (_embedding, _unembedding) = (TorchTensors.Of(model.Embedding, device), TorchTensors.Of(model.Unembedding, device));
        (_a, _b) = (new Parameter(TorchTensors.Of(a, device)), new Parameter(TorchTensors.Of(b.Transpose(), device)));
        _adam = torch.optim.Adam([_a, _b]);
    }

    public override FactoredMatrix Factors => new(TorchTensors.ToMatrix(_a), TorchTensors.ToMatrix(_b));

    public override void Dispose()
    {
        _adam.Dispose();
        foreach (var tensor in new[] { _a, _b, _embedding, _unembedding })
            tensor.Dispose();
    }

    protected override void Descend(torch.Tensor batch, double rate)
    {
        using var scope = torch.NewDisposeScope();
        foreach (var group in _adam.ParamGroups)
            group.LearningRate = rate;
        _adam.zero_grad();
        var logits = _embedding.index_select(0, batch).matmul(_a).matmul(_b).matmul(_unembedding);
        torch.nn.functional.cross_entropy(logits, batch).backward();
        _adam.step();
    }
}
