using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Counts the bytes of tensors on a device, so that a budget can be kept and tested. Tensors belong to the frame they were made in, and
/// go with it.
/// </summary>
/// <param name="budget">Most bytes there should be.</param>
internal sealed class DeviceMemory(long budget)
{
    private long _held;

    /// <summary>Most bytes there should be.</summary>
    public long Budget => budget;

    /// <summary>Bytes that are left of the budget.</summary>
    public long Left => budget - Used;

    /// <summary>Bytes in use.</summary>
    public long Used => _held + Kept;

    /// <summary>Bytes of tensors that outlive their frames.</summary>
    public long Kept { get; private set; }

    /// <summary>The most there ever were.</summary>
    public long Peak { get; private set; }

    /// <summary>Counts a tensor of the current frame. Views and results in place are not to be counted again.</summary>
    public torch.Tensor Hold(torch.Tensor tensor)
    {
        _held += BytesOf(tensor);
        Peak = Math.Max(Peak, Used);
        return tensor;
    }

    /// <summary>Counts a tensor that outlives its frame, until it is released.</summary>
    public torch.Tensor Keep(torch.Tensor tensor)
    {
        Kept += BytesOf(tensor);
        Peak = Math.Max(Peak, Used);
        return tensor.DetachFromDisposeScope();
    }

    /// <summary>Gives back a tensor that was kept.</summary>
    public void Release(torch.Tensor tensor)
    {
        Kept -= BytesOf(tensor);
        tensor.Dispose();
    }

    /// <summary>Begins a frame: all tensors made from here on are disposed of with it.</summary>
    public Frame Begin() => new(this);

    private static long BytesOf(torch.Tensor tensor) => tensor.numel() * tensor.element_size();

    /// <summary>The tensors made since a moment.</summary>
    internal readonly struct Frame(DeviceMemory memory) : IDisposable
    {
        private readonly DisposeScope _scope = torch.NewDisposeScope();
        private readonly long _before = memory._held;

        /// <inheritdoc/>
        public void Dispose()
        {
            _scope.Dispose();
            memory._held = _before;
        }
    }
}
