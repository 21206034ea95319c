using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// A dispose scope around a call, which also holds what the caller passed. TorchSharp (0.107) hands libtorch the memory of tensors, and
/// does not keep the objects alive: one that is used by nobody afterwards may be finalized while libtorch reads it, and the process ends.
/// What is made within a scope of its own thread is held by that, and what is passed in may be made outside of every one.
/// </summary>
internal readonly struct CallScope : IDisposable
{
    private readonly DisposeScope _scope;
    private readonly object?[] _held;

    private CallScope(object?[] held)
    {
        _scope = NewDisposeScope();
        _held = held;
    }

    /// <summary>Opens a scope.</summary>
    /// <param name="held">What lives to its end: tensors, and what has tensors.</param>
    public static CallScope Holding(params object?[] held) => new(held);

    /// <summary>Gives the caller what was made here; what was passed in is left to whom it belongs.</summary>
    public Tensor Out(Tensor tensor) => _scope.MoveToOuter(tensor);

    /// <inheritdoc/>
    public void Dispose()
    {
        _scope.Dispose();
        GC.KeepAlive(_held);
    }
}
