using System.Globalization;
using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>Weighted cross-entropy of a batch and its gradient on a device. Logits are held for a block of rows at a time.</summary>
internal sealed class TorchSoftmaxLoss(TorchEngine engine) : ISoftmaxLoss
{
    // A logit of a block and what its passes may take: 4 + 4 bytes.
    private const int CellBytes = 8;

    // What a row takes besides: its label, weight, shift, sum and label's logit, and copies in double precision.
    private const int RowBytes = 128;

    // exp(-60) is 9e-27, nothing beside the largest, 1, in single precision; lower ones may be denormal, which is slow.
    private static readonly Scalar s_lowest = Scalars.Of(-60);

    private readonly DeviceMemory _memory = engine.Memory;
    private readonly torch.Device _device = engine.Device;
    private DeviceMatrix? _sources, _outputs;

    /// <inheritdoc/>
    public (double Loss, FactorPair Gradient) Evaluate(SoftmaxBatch batch, FactorPair factors, CancellationToken cancellationToken) =>
        engine.OnDevice(() => EvaluateOnDevice(batch, factors, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => engine.Release(() =>
    {
        _sources?.Dispose();
        _outputs?.Dispose();
        _sources = null;
        _outputs = null;
    });

    private (double Loss, FactorPair Gradient) EvaluateOnDevice(
        SoftmaxBatch batch,
        FactorPair factors,
        CancellationToken cancellationToken)
    {
        // Batches over the whole vocabulary share their outputs, and whole batches their sources; those of mined ones are overwritten.
        Send(ref _outputs, batch.Outputs, batch.IsShared);
        Send(ref _sources, batch.Sources, batch.IsShared);
        torch.Tensor left = Tensor(factors.Left), right = Tensor(factors.Right);
        torch.Tensor h = _sources!.Multiply(left), g = _outputs!.Multiply(right);
        var (loss, dh, dg) = Evaluate(batch, h, g, cancellationToken);
        return (loss, new FactorPair(ToMatrix(_sources.TransposeMultiply(dh)), ToMatrix(_outputs.TransposeMultiply(dg))));
    }

    // Of rows h [n, r] and columns g [c, r], with logits h g'. The gradient of the logits is P - Y, weighted: P their softmax, Y the
    // one-hot labels; by h it is (P - Y) g, by g (P - Y)' h.
    private (double Loss, torch.Tensor H, torch.Tensor G) Evaluate(
        SoftmaxBatch batch,
        torch.Tensor h,
        torch.Tensor g,
        CancellationToken cancellationToken)
    {
        int rows = (int)h.shape[0], columns = (int)g.shape[0];
        torch.Tensor dh = Hold(torch.empty_like(h)), dg = Hold(torch.zeros_like(g));
        using var stepFrame = _memory.Begin();
        var labels = Hold(torch.tensor(Array.ConvertAll(batch.LabelColumns, label => (long)label), [rows, 1], device: _device));
        var weights = Hold(torch.tensor(batch.RowWeights, [rows, 1], device: _device));
        var logWeights = batch.ColumnLogWeights is { } values ? Hold(torch.tensor(values, [1, columns], device: _device)) : null;
        int height = BlockRows(rows, columns, h.shape[1]);
        var room = Hold(torch.empty((long)height * columns, torch.float32, _device));
        double loss = 0;
        for (int from = 0; from < rows; from += height)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var frame = _memory.Begin();
            int count = Math.Min(height, rows - from);
            var p = room.narrow(0, 0, (long)count * columns).view(count, columns);
            var source = h.narrow(0, from, count);
            var label = labels.narrow(0, from, count);
            var weight = weights.narrow(0, from, count);
            p.addmm_(source, g.t(), 0, 1);
            if (logWeights is not null)
                p.add_(logWeights, Scalars.One);
            torch.Tensor shift = Hold(p.amax([1L], true)), labelLogit = Hold(p.gather(1, label));
            p.sub_(shift).clamp_min_(s_lowest).exp_();
            var sum = Hold(p.sum(1, true, torch.float32).to(torch.float64));
            loss += sum.log().add_(shift, Scalars.One).sub_(labelLogit).mul_(weight).sum().item<double>();
            p.mul_(weight.div(sum).to(torch.float32)).scatter_add_(1, label, weight.neg().to(torch.float32));
            dh.narrow(0, from, count).addmm_(p, g, 0, 1);
            dg.addmm_(p.t(), source, 1, 1);
        }
        return (loss, dh, dg);
    }

    private int BlockRows(int rows, int columns, long rank)
    {
        long left = _memory.Left / 2;
        long row = ((long)columns * CellBytes) + RowBytes;
        long height = left / row;
        if (height < 1)
        {
            long least = _memory.Budget + (2 * (row - left));
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"A step over {rows:N0} rows and {columns:N0} tokens at rank {rank} needs a memory budget of at least {least:N0} bytes, " +
                $"it is {_memory.Budget:N0}."));
        }
        return (int)Math.Min(Math.Min(rows, height), Math.Max(1, engine.MostCells / columns));
    }

    private void Send(ref DeviceMatrix? at, Matrix matrix, bool isShared)
    {
        if (isShared && ReferenceEquals(at?.Host, matrix))
            return;
        at?.Dispose();
        at = null;
        at = new(matrix, _memory, _device);
    }

    private torch.Tensor Tensor(Matrix matrix) =>
        Hold(torch.tensor(matrix.Values.ToArray(), [matrix.Rows, matrix.Columns], device: _device));

    private static Matrix ToMatrix(torch.Tensor tensor) =>
        new((int)tensor.shape[0], (int)tensor.shape[1], tensor.cpu().data<float>().ToArray());

    private torch.Tensor Hold(torch.Tensor tensor) => _memory.Hold(tensor);
}
