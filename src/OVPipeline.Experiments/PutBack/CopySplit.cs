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
    /// <summary>
    /// The three parts of some heads' logits at a block's scored positions, the other head as it is: of their direct path, where what they
    /// write passes later layers or MLPs too.
    /// </summary>
    /// <param name="text">The two heads.</param>
    /// <param name="block">A block of theirs, with embeddings and patterns.</param>
    /// <param name="heads">One of them, or both.</param>
    public static CopyParts Parts(PairOnText text, LayerBlock block, IReadOnlyList<HeadIndex> heads)
    {
        ArgumentNullException.ThrowIfNull(block);
        return Parts(text, block, heads, 0, block.Targets.shape[0]);
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
            var residual = block.IsLinear ? text.Without(block, heads) : block.Final(text);
            List<Tensor>[] own = [.. losses.Select(_ => new List<Tensor>())];
            foreach (var (first, count) in LogitRows.Of(block.Targets.shape[0], block.Outputs))
            {
                using var rows = NewDisposeScope();
                var parts = Parts(text, block, heads, first, count);
                var rest = block.Unembed(residual.narrow(0, first, count));
                if (!block.IsLinear) // the direct path is taken out of the model's own logits
                    rest = rest - parts.Diagonal - parts.OffDiagonal - parts.Composed;
                var none = rest.Plus(means[0]).Plus(means[1]).Plus(means[2]);
                Tensor[] changes = [parts.Diagonal - means[0], parts.OffDiagonal - means[1], parts.Composed - means[2]];
                Tensor[] all =
                [
                    none, .. changes.Select(change => none.Plus(change)), none.Plus(changes[0]).Plus(changes[1]).Plus(changes[2]),
                ];
                for (int part = 0; part < all.Length; part++)
                    own[part].Add(all[part].NextTokenLosses(block.Targets.narrow(0, first, count)).MoveToOuterDisposeScope());
            }
            for (int part = 0; part < own.Length; part++)
                losses[part][i] = cat(own[part]).to(ScalarType.Float64).mean().item<double>();
        }
        return new(losses[0], losses[1], losses[2], losses[3], losses[4]);
    }

    private static CopyParts Parts(PairOnText text, LayerBlock block, IReadOnlyList<HeadIndex> heads, long first, long count)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(heads);
        using var scope = CallScope.Holding(text, block);
        var unembedding = text.Forward.Folded.Directions;
        Tensor? diagonal = null, direct = null;
        foreach (var head in heads)
        {
            var own = text.Own(head);
            direct = Plus(direct, block.Embeddings[head].narrow(0, first, count).matmul(own.A.ToTensor()).matmul(own.B.ToTensor()));
            diagonal = Plus(diagonal, DiagonalOf(text, block, head, first, count));
        }
        var all = block.Direct(block.Written(heads.Select(head => new PatternCircuit(head, text.Own(head))))).narrow(0, first, count);
        var offDiagonal = direct!.matmul(unembedding) - diagonal!;
        var composed = block.IsLinear
            ? (all - direct).matmul(unembedding)
            : all.matmul(block.Directions()) - direct.matmul(unembedding);
        return new(diagonal!.MoveToOuterDisposeScope(), offDiagonal.MoveToOuterDisposeScope(), composed.MoveToOuterDisposeScope());

        static Tensor Plus(Tensor? sum, Tensor one) => sum is null ? one : sum.Plus(one);
    }

    // The mean of each part over training text, [V] each: diagonal, off-diagonal, composed.
    private static Tensor[] Means(PairOnText text, IReadOnlyList<HeadIndex> heads)
    {
        Tensor[] means = [];
        foreach (var block in text.Training)
        {
            long rows = block.Targets.shape[0];
            foreach (var (first, count) in LogitRows.Of(rows, block.Outputs))
            {
                using var some = NewDisposeScope();
                var parts = Parts(text, block, heads, first, count);
                double share = (double)count / rows;
                Tensor[] own = [.. new[] { parts.Diagonal, parts.OffDiagonal, parts.Composed }.Select(part => MeanOf(part, share))];
                means = [.. own.Select((mean, i) => (means.Length == 0 ? mean : means[i].Plus(mean)).MoveToOuterDisposeScope())];
            }
        }
        return means;

        Tensor MeanOf(Tensor part, double share) => part.mean([0]).Times(share).Over(text.Training.Count);
    }

    // Attention to each source token s adds p(s) W_E[s] W_V W_O W_U[:, s] to the logit of s itself. Of rows of scored positions.
    private static Tensor DiagonalOf(PairOnText text, LayerBlock block, HeadIndex head, long first, long count)
    {
        var weights = text.Forward.Weights;
        var circuit = TokenCircuit.OfHeads(weights, head);
        var own = (circuit.H.ToTensor() * circuit.G.ToTensor().t()).sum(1); // [V]
        (long sequences, long length) = (block.Inputs.shape[0], block.Inputs.shape[1]);
        var sources = block.Inputs.unsqueeze(1).expand(sequences, length, length); // [B, T, T]: a row's columns are source positions
        var values = block.Patterns[head] * own.index_select(0, block.Inputs.flatten()).view(sequences, 1, length);
        var logits = zeros(count, weights.Config.Vocabulary);
        return logits.scatter_add_(1, Rows(sources), Rows(values));

        Tensor Rows(Tensor all) => block.Rows(all.reshape(sequences * length, length)).narrow(0, first, count);
    }
}

/// <summary>What heads add to the logits of a block in three parts, [N, V] each; they sum to all that the heads' circuits add.</summary>
/// <param name="Diagonal">From raw embeddings of tokens to the logits of these tokens: copying.</param>
/// <param name="OffDiagonal">From raw embeddings of tokens to the logits of others.</param>
/// <param name="Composed">From what earlier layers added to the embeddings.</param>
public sealed record CopyParts(Tensor Diagonal, Tensor OffDiagonal, Tensor Composed);
