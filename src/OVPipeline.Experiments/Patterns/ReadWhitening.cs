using MathNet.Numerics.LinearAlgebra;
using OVPipeline.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Experiments;

/// <summary>
/// Coordinates in which what a head reads has unit covariance, so that one learning rate serves all its directions: <c>read Into</c> is
/// whitened, <c>Back Into</c> the identity.
/// </summary>
/// <param name="Into">[d_model, d_model].</param>
/// <param name="Back">[d_model, d_model].</param>
internal sealed record ReadWhitening(Tensor Into, Tensor Back)
{
    // Directions below this share of the largest variance are not blown up: text has next to nothing in them. At 1e-4 a direction is
    // enlarged at most a hundredfold against the largest.
    private const double Floor = 1e-4;

    /// <summary>Of rows over blocks, [N, d_model] each.</summary>
    public static ReadWhitening Of(IEnumerable<Tensor> rows)
    {
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        long count = 0;
        foreach (var block in rows)
        {
            var own = block.t().matmul(block);
            sum = sum is null ? own : sum.Plus(own);
            count += block.shape[0];
        }
        double[] values = sum!.Over(count).Values();
        int size = (int)sum!.shape[0];
        var covariance = Matrix<double>.Build.Dense(size, size, (i, j) => (values[i * size + j] + values[j * size + i]) / 2);
        var factors = covariance.Evd(Symmetricity.Symmetric);
        // The other floor is for blocks in which a head reads nothing at all.
        double least = Math.Max(1e-30, Floor * factors.D.Diagonal().Maximum());
        return new(Power(-0.5), Power(0.5));

        Tensor Power(double exponent)
        {
            var scaled = factors.EigenVectors.MapIndexed((_, k, value) => value * Math.Pow(factors.D[k, k] + least, exponent));
            var power = scaled.TransposeAndMultiply(factors.EigenVectors);
            return Core.Matrix.Create(size, size, (i, j) => (float)power[i, j]).ToTensor().DetachFromDisposeScope();
        }
    }
}
