namespace OVPipeline.Checkpoints;

/// <summary>Parts of PyTorch's <c>nn.Linear</c> weights, which are stored [out, in] and multiply from the right.</summary>
internal static class Linear
{
    /// <summary>The weights to a range of outputs, [in, count].</summary>
    public static TensorView Outputs(this TensorView weight, long from, long count) => weight.Slice(0, from, count).Transpose();

    /// <summary>The weights from a range of inputs, [count, out].</summary>
    public static TensorView Inputs(this TensorView weight, long from, long count) => weight.Slice(1, from, count).Transpose();
}
