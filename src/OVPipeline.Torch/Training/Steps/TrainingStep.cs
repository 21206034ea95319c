using System.Numerics;
using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// The loss of a batch and its gradients. autograd sees the blocks only: rows of W_E are gathered and their gradients scattered by hand,
/// and the unembedding is <see cref="UnembeddingLoss"/>'s.
/// </summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly Transformer _model;
    private readonly UnembeddingLoss _unembedding;
    private readonly TrainedParameter[] _byAutograd;
    private readonly Tensor _w_E, _w_U, _embedded;
    private readonly Tensor? _b_U, _embeddingGradient;
    private readonly bool _ofUnembedding;
    private readonly List<(Tensor Parameter, bool RequiredGrad)> _before = [];

    public TrainingStep(
        Transformer model,
        IReadOnlyList<TrainedParameter> parameters,
        int sequences,
        int context,
        int threads,
        bool halfPrecision)
    {
        var config = model.Config;
        _model = model;
        using var scope = NewDisposeScope();
        _unembedding = new(sequences * context, config.DModel, config.Vocabulary, threads, halfPrecision);
        _w_E = Detached("embed.W_E");
        _w_U = Detached("unembed.W_U");
        _b_U = model.Shape.Has(WeightKind.b_U) ? Detached("unembed.b_U") : null;
        _embedded = zeros(sequences, context, config.DModel).DetachFromDisposeScope();
        var trained = parameters.ToDictionary(parameter => parameter.Name);
        foreach (var (name, tensor) in model.named_parameters())
        {
            _before.Add((tensor, tensor.requires_grad));
            tensor.requires_grad_(trained.ContainsKey(name));
        }
        if (trained.GetValueOrDefault("embed.W_E") is { } embedding)
        {
            embedding.Gradient = _embeddingGradient = zeros(_w_E.shape).DetachFromDisposeScope();
            _embedded.requires_grad_(true);
        }
        if (trained.GetValueOrDefault("unembed.W_U") is { } unembedding)
            unembedding.Gradient = _unembedding.Gradient;
        if (trained.GetValueOrDefault("unembed.b_U") is { } bias)
            bias.Gradient = _unembedding.BiasGradient;
        _ofUnembedding = trained.ContainsKey("unembed.W_U") || trained.ContainsKey("unembed.b_U");
        _byAutograd = [.. parameters.Where(parameter => parameter.Gradient is null)];
        foreach (var parameter in _byAutograd)
            parameter.Gradient = parameter.Value.grad = zeros(parameter.Value.shape).DetachFromDisposeScope();
        if (_embeddingGradient is not null)
            _embedded.grad = zeros(_embedded.shape).DetachFromDisposeScope();

        Tensor Detached(string name) => model.Weight(name).detach().DetachFromDisposeScope();
    }

    /// <summary>Puts the gradients of the weighted mean loss into the trained parameters.</summary>
    /// <returns>The unweighted mean loss, in nats.</returns>
    public double Run(TokenBatch batch, float[] weights)
    {
        using var scope = NewDisposeScope();
        Gather(batch.Inputs);
        foreach (var parameter in _byAutograd)
            parameter.Gradient!.zero_();
        var residual = _model.ResidualOf(_embedded).view(-1, _model.Config.DModel);
        double loss = _unembedding.Run(residual.detach(), _w_U, _b_U, batch.Targets, weights, _ofUnembedding);
        if (!residual.requires_grad)
            return loss;
        if (_embeddingGradient is null)
            residual.backward([_unembedding.ResidualGradient]);
        else
        {
            _embedded.grad!.zero_();
            residual.backward([_unembedding.ResidualGradient]);
            Scatter(batch.Inputs);
        }
        return loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (parameter, requiredGrad) in _before)
        {
            parameter.grad = null;
            parameter.requires_grad_(requiredGrad);
        }
        foreach (var parameter in _byAutograd)
            parameter.Gradient!.Dispose();
        _embeddingGradient?.Dispose();
        _embedded.Dispose();
        _unembedding.Dispose();
        _w_E.Dispose();
        _w_U.Dispose();
        _b_U?.Dispose();
    }

    // Row tokens[i] of W_E [V, d_model] becomes row i of the embedded batch [B T, d_model].
    private void Gather(long[] tokens)
    {
        int width = _model.Config.DModel;
        Span<float> from = _w_E.Floats(), to = _embedded.Floats();
        for (int i = 0; i < tokens.Length; i++)
            from.Slice((int)tokens[i] * width, width).CopyTo(to[(i * width)..]);
    }

    // And back: gradients of rows of the batch are summed by token, in the order of positions: the same bits each time.
    private void Scatter(long[] tokens)
    {
        int width = _model.Config.DModel;
        Span<float> from = _embedded.grad!.Floats(), to = _embeddingGradient!.Floats();
        to.Clear();
        for (int i = 0; i < tokens.Length; i++)
            Add(from.Slice(i * width, width), to.Slice((int)tokens[i] * width, width));
    }

    private static void Add(ReadOnlySpan<float> values, Span<float> sums)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + new Vector<float>(values[i..])).CopyTo(sums[i..]);
        for (; i < values.Length; i++)
            sums[i] += values[i];
    }
}
