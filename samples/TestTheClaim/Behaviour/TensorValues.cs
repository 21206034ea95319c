using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>Between Core's matrices and tensors.</summary>
internal static class TensorValues
{
    /// <summary>A matrix as a tensor, [rows, columns].</summary>
    public static Tensor ToTensor(this Matrix matrix) => tensor(matrix.Values.ToArray(), [matrix.Rows, matrix.Columns]);

    /// <summary>A tensor of two dimensions as a matrix.</summary>
    public static Matrix ToMatrix(this Tensor tensor) => new((int)tensor.shape[0], (int)tensor.shape[1], tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray());

    /// <summary>A tensor times a number. The operator does not keep the number's memory while libtorch reads it, and can crash; this does.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        using Scalar scalar = factor;
        return tensor.mul(scalar);
    }

    /// <summary>All values.</summary>
    public static double[] Values(this Tensor tensor) => tensor.detach().to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();

    /// <summary>Losses of next tokens in nats, [N], of logits [N, V].</summary>
    public static Tensor NextTokenLosses(this Tensor logits, Tensor targets) => logits.logsumexp(-1) - logits.gather(1, targets.unsqueeze(1)).squeeze(1);
}
