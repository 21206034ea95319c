using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// What heads add to the logits, split: from raw embeddings to a token's own logit (diagonal), from raw embeddings to other logits (off-diagonal), and
/// from what earlier layers added to the embeddings (composed). Losses of each part alone, the others at their mean over training text.
/// </summary>
/// <param name="None">Mean loss of each validation block where all parts are at their mean: mean ablation.</param>
/// <param name="Diagonal">The diagonal part as it is.</param>
/// <param name="OffDiagonal">The off-diagonal part as it is.</param>
/// <param name="Composed">The composed part as it is.</param>
/// <param name="Full">All parts as they are: the model.</param>
internal sealed record CopySplit(double[] None, double[] Diagonal, double[] OffDiagonal, double[] Composed, double[] Full)
{
    /// <summary>The three parts of some heads' logits on a block, [N, V] each; they sum to all that these heads' circuits add.</summary>
    public static (Tensor Diagonal, Tensor OffDiagonal, Tensor Composed) Parts(PairOnText text, LayerBlock block, IReadOnlyList<HeadIndex> heads)
    {
        using var scope = NewDisposeScope();
        var unembedding = text.Forward.Weights.W_U.ToTensor();
        Tensor? diagonal = null, direct = null, all = null;
        foreach (var head in heads)
        {
            var own = text.Own(head);
            var (a, b) = (own.A.ToTensor(), own.B.ToTensor());
            direct = Plus(direct, block.Embeddings[head].matmul(a).matmul(b));
            all = Plus(all, block.Reads[head].matmul(a).matmul(b));
            diagonal = Plus(diagonal, DiagonalOf(text, block, head));
        }
        var directLogits = direct!.matmul(unembedding);
        return (diagonal!.MoveToOuterDisposeScope(), (directLogits - diagonal).MoveToOuterDisposeScope(), (all! - direct).matmul(unembedding).MoveToOuterDisposeScope());

        static Tensor Plus(Tensor? sum, Tensor one) => sum is null ? one : sum.Plus(one);
    }

    /// <summary>Measures the parts of one head, the other as it is, or of both.</summary>
    public static CopySplit Measure(PairOnText text, IReadOnlyList<HeadIndex> heads)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] means = [];
        foreach (var block in text.Training)
        {
            using var inner = NewDisposeScope();
            var (diagonal, offDiagonal, composed) = Parts(text, block, heads);
            Tensor[] own = [.. new[] { diagonal, offDiagonal, composed }.Select(part => part.mean([0]).Over(text.Training.Count))];
            means = [.. own.Select((mean, i) => (means.Length == 0 ? mean : means[i].Plus(mean)).MoveToOuterDisposeScope())];
        }
        double[][] losses = [.. Enumerable.Range(0, 5).Select(_ => new double[text.Validation.Count])];
        for (int i = 0; i < text.Validation.Count; i++)
        {
            text.Forward.CancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var block = text.Validation[i];
            var (diagonal, offDiagonal, composed) = Parts(text, block, heads);
            var none = text.Forward.Unembed(text.Without(block, heads)).Plus(means[0]).Plus(means[1]).Plus(means[2]);
            var changes = new[] { diagonal - means[0], offDiagonal - means[1], composed - means[2] };
            losses[0][i] = Loss(none);
            for (int part = 0; part < 3; part++)
                losses[1 + part][i] = Loss(none.Plus(changes[part]));
            losses[4][i] = Loss(none.Plus(changes[0]).Plus(changes[1]).Plus(changes[2]));

            double Loss(Tensor logits) => logits.NextTokenLosses(block.Targets).to(ScalarType.Float64).mean().item<double>();
        }
        return new(losses[0], losses[1], losses[2], losses[3], losses[4]);
    }

    // Attention to each source token s adds p(s) W_E[s] W_V W_O W_U[:, s] to the logit of s itself.
    private static Tensor DiagonalOf(PairOnText text, LayerBlock block, HeadIndex head)
    {
        var weights = text.Forward.Weights;
        var circuit = TokenCircuit.OfHeads(weights, head);
        var own = (circuit.H.ToTensor() * circuit.G.ToTensor().t()).sum(1); // [V]
        (long sequences, long length) = (block.Inputs.shape[0], block.Inputs.shape[1]);
        var sources = block.Inputs.unsqueeze(1).expand(sequences, length, length); // [B, T, T]: a row's columns are source positions
        var values = block.Patterns[head] * own.index_select(0, block.Inputs.flatten()).view(sequences, 1, length);
        return zeros(sequences * length, weights.Config.Vocabulary).scatter_add_(1, sources.reshape(sequences * length, length), values.reshape(sequences * length, length));
    }
}
