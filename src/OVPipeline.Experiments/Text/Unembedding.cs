using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// What maps final residual streams to logits, and what next tokens cost under it. Losses and their gradient are Core's products, which
/// take a fraction of libtorch's time where its library knows no instructions of the processor's width; through a cap, libtorch's.
/// </summary>
/// <param name="weight">[d_model, V].</param>
/// <param name="bias">Of each logit, [1, V]; null for none.</param>
/// <param name="cap">The cap that logits pass, c tanh(logit / c); null for none.</param>
internal sealed class Unembedding(Matrix weight, Matrix? bias, double? cap)
{
    private readonly Lazy<Tensor> _directions = new(() => weight.ToTensor().DetachFromDisposeScope());
    private readonly Lazy<Tensor?> _bias = new(() => bias?.ToTensor().DetachFromDisposeScope());
    private readonly VocabularyLoss? _loss = cap is null ? new(weight, bias?.Values.ToArray()) : null;

    /// <summary>What a stream is mapped to logits by, [d_model, V], without biases and cap. It lives as long as the process.</summary>
    public Tensor Directions => _directions.Value;

    /// <summary>Logits, [n, V], of final residual streams, [n, d_model].</summary>
    public Tensor Logits(Tensor residual)
    {
        using var scope = CallScope.Holding(residual);
        var logits = residual.matmul(Directions);
        if (_bias.Value is { } biases)
            logits = logits.Plus(biases);
        return scope.Out(cap is { } most ? logits.Over(most).tanh().Times(most) : logits);
    }

    /// <summary>Losses in nats, [n].</summary>
    /// <param name="residual">Final residual streams, [n, d_model].</param>
    /// <param name="targets">The tokens that follow, [n].</param>
    public Tensor Losses(Tensor residual, Tensor targets)
    {
        using var scope = CallScope.Holding(residual, targets);
        return scope.Out(_loss is not null
            ? tensor(_loss.Of(residual.ToMatrix(), Ids(targets)))
            : cat([.. Parts(residual, targets, part => part.Logits.NextTokenLosses(part.Targets))]));
    }

    /// <summary>The gradient of the mean loss by the streams, [n, d_model].</summary>
    /// <inheritdoc cref="Losses" path="/param"/>
    public Tensor Gradient(Tensor residual, Tensor targets)
    {
        using var scope = CallScope.Holding(residual, targets);
        if (_loss is not null)
            return scope.Out(_loss.Gradient(residual.ToMatrix(), Ids(targets)).ToTensor());
        return scope.Out(cat([.. Parts(residual, targets, part =>
        {
            var wanted = part.Targets.unsqueeze(1);
            var byLogits = part.Logits.softmax(-1);
            byLogits.scatter_add_(1, wanted, ones_like(wanted, dtype: ScalarType.Float32).negative());
            byLogits = byLogits * (part.Logits * part.Logits).Over(-cap!.Value * cap.Value).Plus(1); // d(c tanh(x / c)) = 1 - tanh^2
            return byLogits.matmul(Directions.t()).Over(residual.shape[0]);
        })]));
    }

    /// <summary>The sums of the losses' slopes and curvatures, where a multiple of other streams is added. Not through a cap.</summary>
    /// <param name="residual">Final residual streams, [n, d_model].</param>
    /// <param name="added">The other streams, [n, d_model].</param>
    /// <param name="targets">The tokens that follow, [n].</param>
    public (double Slope, double Curvature) Along(Tensor residual, Tensor added, Tensor targets) =>
        _loss!.Along(residual.ToMatrix(), added.ToMatrix(), Ids(targets));

    // Of some rows at a time, their logits in hand.
    private IEnumerable<Tensor> Parts(Tensor residual, Tensor targets, Func<(Tensor Logits, Tensor Targets), Tensor> of)
    {
        foreach (var (first, count) in LogitRows.Of(residual.shape[0], weight.Columns))
        {
            using var part = NewDisposeScope();
            yield return of((Logits(residual.narrow(0, first, count)), targets.narrow(0, first, count))).MoveToOuterDisposeScope();
        }
    }

    private static int[] Ids(Tensor targets) => Array.ConvertAll(targets.contiguous().Copied<long>(), id => (int)id);
}
