using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>Random weights.</summary>
internal static class GaussianNoise
{
    /// <summary>A matrix of independent normal values (Box and Muller 1958).</summary>
    /// <param name="random">Where they come from, row by row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="deviation">Their standard deviation.</param>
    public static Matrix Create(Random random, int rows, int columns, double deviation = 1)
    {
        return Matrix.Create(rows, columns, (_, _) => Next());

        // 1 - u lies in (0, 1]: its logarithm is finite.
        float Next()
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            return (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
    }
}
