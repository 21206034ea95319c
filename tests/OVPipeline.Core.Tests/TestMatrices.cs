namespace OVPipeline.Core.Tests;

/// <summary>Matrices for tests.</summary>
internal static class TestMatrices
{
    /// <summary>Normally distributed values.</summary>
    public static Matrix Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return Matrix.Create(rows, columns, (_, _) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
    }
}
