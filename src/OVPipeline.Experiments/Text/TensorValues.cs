using OVPipeline.Core;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>Between Core's matrices and tensors.</summary>
internal static class TensorValues
{
    /// <summary>
    /// A matrix as a tensor, [rows, columns], in libtorch's own memory: on that of an array, which lies at any multiple of 8 bytes, its
    /// products come out with other last bits from time to time.
    /// </summary>
    public static Tensor ToTensor(this Matrix matrix)
    {
        var values = empty([matrix.Rows, matrix.Columns], ScalarType.Float32);
        matrix.Values.CopyTo(values.Floats());
        return values;
    }

    /// <summary>A tensor of two dimensions as a matrix.</summary>
    public static Matrix ToMatrix(this Tensor tensor) =>
        new((int)tensor.shape[0], (int)tensor.shape[1], ModuleWeights.Values(tensor));

    /// <summary>The mean of all values squared.</summary>
    public static float MeanSquare(this Tensor tensor)
    {
        using var scope = CallScope.Holding(tensor);
        return (tensor * tensor).mean().item<float>();
    }

    /// <summary>All values, row by row.</summary>
    public static double[] Values(this Tensor tensor)
    {
        using var scope = CallScope.Holding(tensor);
        return tensor.detach().to(ScalarType.Float64).cpu().contiguous().Copied<double>();
    }

    /// <summary>Losses of next tokens in nats, [N], of logits [N, V] and targets [N].</summary>
    public static Tensor NextTokenLosses(this Tensor logits, Tensor targets) =>
        logits.logsumexp(-1) - logits.gather(1, targets.unsqueeze(1)).squeeze(1);
}
