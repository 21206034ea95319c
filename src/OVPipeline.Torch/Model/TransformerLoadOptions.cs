namespace OVPipeline.Torch;

/// <summary>How a model's weights are held while it runs. Computing is in single precision.</summary>
public sealed record TransformerLoadOptions
{
    /// <summary>
    /// The type that weights are held in: half the memory as <see cref="WeightPrecision.BF16"/>, of which each layer's are widened when it
    /// comes to them. Default: <see cref="WeightPrecision.F32"/>.
    /// </summary>
    public WeightPrecision Weights { get; init; } = WeightPrecision.F32;

    /// <summary>
    /// Bytes that weights may take. Where all of them need more, the last layers are read from their file at each pass, one at a time; W_E
    /// and W_U are held always. Null, the default, for as many as there are: too little memory is then an error.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Bytes that there are, where a test says it.</summary>
    internal long? Available { get; init; }
}

/// <summary>A type that weights are held in.</summary>
public enum WeightPrecision
{
    /// <summary>Single precision: 4 bytes a weight.</summary>
    F32,

    /// <summary>bfloat16: 2 bytes a weight, rounded to 8 bits of precision.</summary>
    BF16,
}
