namespace OVPipeline.Core.Tests.Circuits;

/// <summary>A model of small integers by a formula that numpy can repeat: nothing is rounded, and there are ties. W_U is W_E'.</summary>
internal static class IntegerModel
{
    public const int V = 53, D = 8, DHead = 4;
    public const string First = "first", Second = "second", Virtual = "virtual", Projection = "projection";

    /// <summary>Two layers of one head.</summary>
    public static TransformerWeights Create()
    {
        var config = new TransformerConfig { Name = "integers", Layers = 2, Heads = 1, DModel = D, DHead = DHead, Vocabulary = V };
        var weights = new InMemoryWeights();
        var embedding = Integers(V, D, 5, 7, 3, 11);
        weights.Set(WeightKind.W_E, embedding);
        weights.Set(WeightKind.W_U, embedding.Transpose());
        foreach (var head in config.AllHeads)
        {
            weights.Set(WeightKind.W_V, head, Integers(D, DHead, 2 + head.Layer, 3, 1, 7));
            weights.Set(WeightKind.W_O, head, Integers(DHead, D, 1, 2 + head.Layer, 3, 7));
        }
        return new(config, weights);
    }

    public static TokenCircuit Circuit(string name)
    {
        var model = Create();
        var axes = Matrix.Create(D, DHead, (i, j) => i == j ? 1 : 0);
        return name switch
        {
            First => TokenCircuit.OfHeads(model, new HeadIndex(0, 0)),
            Second => TokenCircuit.OfHeads(model, new HeadIndex(1, 0)),
            Virtual => TokenCircuit.OfVirtualHead(model, new(0, 0), new(1, 0)),
            _ => TokenCircuit.FromResidual(model, Projection, new(axes, axes.Transpose())),
        };
    }

    // ((i i a + j b + i j k) mod m) - m / 2
    private static Matrix Integers(int rows, int columns, int a, int b, int k, int modulus) =>
        Matrix.Create(rows, columns, (i, j) => (((i * i * a) + (j * b) + (i * j * k)) % modulus) - (modulus / 2));
}
