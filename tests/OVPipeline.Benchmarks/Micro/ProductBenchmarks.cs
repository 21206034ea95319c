using BenchmarkDotNet.Attributes;
using OVPipeline.Core;

namespace OVPipeline.Benchmarks;

/// <summary>The matrix products of fits and circuits.</summary>
public class ProductBenchmarks
{
    private const int Vocabulary = 16384, Width = 768, Rank = 64;

    private Matrix _embedding = null!, _factor = null!, _circuit = null!;

    /// <summary>Makes the matrices.</summary>
    [GlobalSetup]
    public void Setup() => (_embedding, _factor, _circuit) =
        (SyntheticMatrix.Normal(Vocabulary, Width, 1, 1, 1), SyntheticMatrix.Normal(Width, Rank, 1, 1, 2),
            SyntheticMatrix.Normal(Vocabulary, Rank, 1, 1, 3));

    /// <summary>W_E A: [V, d_model][d_model, r].</summary>
    [Benchmark]
    public Matrix Embed() => MatrixProduct.Multiply(_embedding, _factor);

    /// <summary>A gradient: [V, d_model]' [V, r].</summary>
    [Benchmark]
    public Matrix Gradient() => MatrixProduct.TransposeMultiply(_embedding, _circuit);

    /// <summary>A Gram matrix: [V, d_model]' [V, d_model].</summary>
    [Benchmark]
    public Matrix Gram() => MatrixProduct.TransposeMultiply(_embedding, _embedding);
}
