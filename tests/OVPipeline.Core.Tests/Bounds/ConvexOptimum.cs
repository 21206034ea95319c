using MathNet.Numerics.LinearAlgebra;

namespace OVPipeline.Core.Tests;

/// <summary>
/// The least log-loss of any matrix of a norm, by Newton's method in double with the whole matrix of second derivatives, on the problem
/// with a penalty whose weight makes the solution as long as is asked for.
/// </summary>
internal static class ConvexOptimum
{
    public static double Of(FitProblem problem, double norm)
    {
        double low = 1e-9, high = 100; // of the penalty's weight: the larger, the shorter the solution
        var map = Vector<double>.Build.Dense(problem.Width * problem.Width);
        double loss = 0;
        for (int halving = 0; halving < 60; halving++)
        {
            double penalty = Math.Sqrt(low * high);
            (map, loss) = Penalised(problem, map, penalty);
            (low, high) = map.L2Norm() > norm ? (penalty, high) : (low, penalty);
        }
        return loss;
    }

    private static (Vector<double> Map, double Loss) Penalised(FitProblem problem, Vector<double> map, double penalty)
    {
        var (value, loss, gradient, curvature) = At(problem, map, penalty);
        for (int step = 0; step < 100 && gradient.L2Norm() > 1e-12; step++)
        {
            var move = -curvature.Solve(gradient);
            double length = 1;
            var next = At(problem, map + move, penalty);
            for (; next.Value > value && length > 1e-6; next = At(problem, map + (move * length), penalty))
                length /= 2;
            map += move * length;
            (value, loss, gradient, curvature) = next;
        }
        return (map, loss);
    }

    private static (double Value, double Loss, Vector<double> Gradient, Matrix<double> Curvature) At(
        FitProblem problem, Vector<double> map, double penalty)
    {
        int width = problem.Width, size = width * width;
        double loss = 0;
        var gradient = map * penalty;
        var curvature = Matrix<double>.Build.DenseIdentity(size) * penalty;
        for (int i = 0; i < problem.Rows; i++)
        {
            var features = Matrix<double>.Build.Dense(problem.OutputVocabulary, size,
                (j, k) => (double)problem.Sources[i, k / width] * problem.Unembedding[k % width, j]);
            var logits = features * map;
            double largest = logits.Maximum();
            var exponentials = (logits - largest).PointwiseExp();
            var shares = exponentials / exponentials.Sum();
            double weight = problem.Weights[i];
            loss += weight * (Math.Log(exponentials.Sum()) + largest - logits[problem.Labels[i]]);
            var mean = features.TransposeThisAndMultiply(shares);
            gradient += (mean - features.Row(problem.Labels[i])) * weight;
            var weighted = Matrix<double>.Build.Dense(features.RowCount, size, (j, k) => features[j, k] * shares[j]);
            curvature += (features.TransposeThisAndMultiply(weighted) - mean.OuterProduct(mean)) * weight;
        }
        return (loss + (penalty / 2 * map.DotProduct(map)), loss, gradient, curvature);
    }
}
