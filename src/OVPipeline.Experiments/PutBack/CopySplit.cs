using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// What heads add to the logits, split: from raw embeddings to a token's own logit (diagonal), from raw embeddings to other logits
/// (off-diagonal), and from what earlier layers added to the embeddings (composed). Losses of each part alone, the others at their mean
/// over training text.
/// </summary>
/// <param name="None">Mean loss of each validation block, in nats, where all parts are at their mean: mean ablation.</param>
/// <param name="Diagonal">The diagonal part as it is.</param>
/// <param name="OffDiagonal">The off-diagonal part as it is.</param>
/// <param name="Composed">The composed part as it is.</param>
/// <param name="Full">All parts as they are: the model.</param>
public sealed record CopySplit(
    IReadOnlyList<double> None,
    IReadOnlyList<double> Diagonal,
    IReadOnlyList<double> OffDiagonal,
    IReadOnlyList<double> Composed,
    IReadOnlyList<double> Full)
{
    /// <summary>The three parts of some heads' logits on a block, the other head as it is.</summary>
    /// <param name="text">The two heads.</param>
    /// <param name="block">A block of theirs, with embeddings and patterns.</param>
    /// <param name="heads">One of them, or both.</param>
    public static CopyParts Parts(PairOnText text, LayerBlock block, IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(heads);
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
        var offDiagonal = direct!.matmul(unembedding) - diagonal!;
        var composed = (all! - direct).matmul(unembedding);
        return new(diagonal!.MoveToOuterDisposeScope(), offDiagonal.MoveToOuterDisposeScope(), composed.MoveToOuterDisposeScope());

        static Tensor Plus(Tensor? sum, Tensor one) => sum is null ? one : sum.Plus(one);
    }

    /// <summary>Measures the parts of one head, the other as it is, or of both.</summary>
    /// <param name="text">The two heads.</param>
    /// <param name="heads">One of them, or both.</param>
    /// <exception cref="OperationCanceledException">The laboratory's work was cancelled.</exception>
    public static CopySplit Measure(PairOnText text, IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        var means = Means(text, heads);
        double[][] losses = [.. Enumerable.Range(0, 5).Select(_ => new double[text.Validation.Count])];
        for (int i = 0; i < text.Validation.Count; i++)
        {
            text.Forward.CancellationToken.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var block = text.Validation[i];
            var parts = Parts(text, block, heads);
            var none = text.Forward.Unembed(text.Without(block, heads)).Plus(means[0]).Plus(means[1]).Plus(means[2]);
            Tensor[] changes = [parts.Diagonal - means[0], parts.OffDiagonal - means[1], parts.Composed - means[2]];
            losses[0][i] = Loss(none);
            for (int part = 0; part < 3; part++)
                losses[1 + part][i] = Loss(none.Plus(changes[part]));
            losses[4][i] = Loss(none.Plus(changes[0]).Plus(changes[1]).Plus(changes[2]));

            double Loss(Tensor logits) => logits.NextTokenLosses(block.Targets).to(ScalarType.Float64).mean().item<double>();
        }
        return new(losses[0], losses[1], losses[2], losses[3], losses[4]);
    }

    // The mean of each part over training text, [V] each: diagonal, off-diagonal, composed.
    private static Tensor[] Means(PairOnText text, IReadOnlyList<HeadIndex> heads)
    {
        Tensor[] means = [];
        foreach (var block in text.Training)
        {
            using var inner = NewDisposeScope();
            var parts = Parts(text, block, heads);
            Tensor[] own = [.. new[] { parts.Diagonal, parts.OffDiagonal, parts.Composed }.Select(MeanOf)];
            means = [.. own.Select((mean, i) => (means.Length == 0 ? mean : means[i].Plus(mean)).MoveToOuterDisposeScope())];
        }
        return means;

        Tensor MeanOf(Tensor part) => part.mean([0]).Over(text.Training.Count);
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
        var logits = zeros(sequences * length, weights.Config.Vocabulary);
        return logits.scatter_add_(1, sources.reshape(sequences * length, length), values.reshape(sequences * length, length));
    }
}

/// <summary>What heads add to the logits of a block in three parts, [N, V] each; they sum to all that the heads' circuits add.</summary>
/// <param name="Diagonal">From raw embeddings of tokens to the logits of these tokens: copying.</param>
/// <param name="OffDiagonal">From raw embeddings of tokens to the logits of others.</param>
/// <param name="Composed">From what earlier layers added to the embeddings.</param>
public sealed record CopyParts(Tensor Diagonal, Tensor OffDiagonal, Tensor Composed);
