using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Benchmarks;

/// <summary>Between our matrices and libtorch's tensors.</summary>
internal static class TorchTensors
{
    /// <summary>What libtorch this is; only where it is loaded.</summary>
    public static string Description => $"libtorch {torch.__version__}, {torch.get_num_threads()} threads";

    /// <summary>A matrix as a tensor with its own memory, on a device.</summary>
    public static torch.Tensor Of(Matrix matrix, string device = "cpu") =>
        torch.tensor(matrix.Data, [matrix.Rows, matrix.Columns], device: new(device));

    /// <summary>A two-dimensional tensor as a matrix.</summary>
    public static Matrix ToMatrix(torch.Tensor tensor)
    {
        using var detached = tensor.detach();
        using var contiguous = detached.cpu().contiguous();
        return new((int)tensor.shape[0], (int)tensor.shape[1], contiguous.data<float>().ToArray());
    }
}
