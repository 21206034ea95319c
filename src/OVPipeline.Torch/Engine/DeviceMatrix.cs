using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// A matrix's products with thin ones on a device. Its rows are sent once where there is room for them, else for every product.
/// </summary>
internal sealed class DeviceMatrix : IDisposable
{
    // Values that are sent at a time: 16 MiB.
    private const int ChunkValues = 1 << 22;

    private readonly DeviceMemory _memory;
    private readonly torch.Device _device;
    private readonly torch.Tensor? _all;

    /// <summary>Sends a matrix where it takes no more than half of what is left of the budget.</summary>
    public DeviceMatrix(Matrix matrix, DeviceMemory memory, torch.Device device)
    {
        Host = matrix;
        _memory = memory;
        _device = device;
        if (matrix.Values.Length * (long)sizeof(float) > memory.Left / 2)
            return;
        _all = memory.Keep(torch.empty([matrix.Rows, matrix.Columns], torch.float32, device));
        ForEachChunk((rows, from, count) => _all.narrow(0, from, count).copy_(rows), send: true);
    }

    /// <summary>The matrix.</summary>
    public Matrix Host { get; }

    /// <summary><c>X b</c>: [n, d] [d, r] to [n, r].</summary>
    public torch.Tensor Multiply(torch.Tensor b)
    {
        var product = _memory.Hold(torch.empty([Host.Rows, b.shape[1]], torch.float32, _device));
        ForEachChunk((rows, from, count) => product.narrow(0, from, count).addmm_(rows, b, 0, 1));
        return product;
    }

    /// <summary><c>X' y</c>: [n, d]' [n, r] to [d, r].</summary>
    public torch.Tensor TransposeMultiply(torch.Tensor y)
    {
        var product = _memory.Hold(torch.zeros([Host.Columns, y.shape[1]], torch.float32, _device));
        ForEachChunk((rows, from, count) => product.addmm_(rows.t(), y.narrow(0, from, count), 1, 1));
        return product;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_all is not null)
            _memory.Release(_all);
    }

    private void ForEachChunk(Action<torch.Tensor, int, int> action, bool send = false)
    {
        if (_all is not null && !send)
        {
            action(_all, 0, Host.Rows);
            return;
        }
        int most = (int)Math.Max(1, Math.Min(ChunkValues, _memory.Left / 2 / sizeof(float)) / Host.Columns);
        for (int from = 0; from < Host.Rows; from += most)
        {
            using var frame = _memory.Begin();
            int count = Math.Min(most, Host.Rows - from);
            float[] values = Host.Values.Slice(from * Host.Columns, count * Host.Columns).ToArray();
            action(_memory.Hold(torch.tensor(values, [count, Host.Columns], device: _device)), from, count);
        }
    }
}
