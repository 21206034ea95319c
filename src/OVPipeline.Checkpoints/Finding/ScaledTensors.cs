using System.Numerics;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Tensors of 8-bit floats with their scales, which lie beside them as tensors of their own: <c>weight_scale_inv</c> of blocks, in the
/// manner of DeepSeek, <c>weight_scale</c> of the whole, of its rows or of blocks (compressed-tensors, ModelOpt), and <c>scale_weight</c>.
/// All of them are what elements are multiplied by.
/// </summary>
internal static class ScaledTensors
{
    private static readonly string[] s_endings = ["_scale_inv", "_scale", ".scale"];

    // Of activations and of cached keys and values, which no weight is multiplied by.
    private static readonly string[] s_others = ["input_scale", "output_scale", "activation_scale", "k_scale", "v_scale", "q_scale"];

    // No block is smaller or larger in a published model: 16 of NVIDIA's, 128 of DeepSeek's.
    private const int SmallestBlock = 2, LargestBlock = 4096;

    /// <summary>The tensors, those of 8-bit floats with their scales; one whose scales are not understood cannot be read.</summary>
    public static IReadOnlyList<StoredTensor> Of(IReadOnlyList<StoredTensor> tensors)
    {
        if (!tensors.Any(IsF8))
            return tensors;
        var named = tensors.ToDictionary(tensor => tensor.Info.Name, StringComparer.Ordinal);
        var unknown = tensors.Select(tensor => tensor.Info.Name).Where(IsOtherScale).Select(Module).ToHashSet(StringComparer.Ordinal);
        return [.. tensors.Select(tensor => IsF8(tensor) ? WithScales(tensor, named, unknown) : tensor)];
    }

    private static bool IsF8(StoredTensor tensor) => tensor.Info.Type is ElementType.F8_E4M3 or ElementType.F8_E5M2;

    private static StoredTensor WithScales(StoredTensor tensor, Dictionary<string, StoredTensor> named, HashSet<string> unknown)
    {
        string name = tensor.Info.Name;
        string module = Module(name);
        string[] names = [.. s_endings.Select(ending => name + ending), $"{module}.scale_{name[(module.Length + 1)..]}"];
        if (names.Select(named.GetValueOrDefault).FirstOrDefault(scale => scale is not null) is { } scales)
        {
            string shape = string.Join(", ", tensor.Info.Shape);
            return Blocks(tensor, scales) is { } blocks
                ? tensor with { Scales = blocks }
                : tensor with { Unreadable = $"its scales, {scales.Info}, are not of a matrix [{shape}], its rows or its blocks." };
        }
        return unknown.Contains(module)
            ? tensor with { Unreadable = "its elements have scales in a form that is not known here." }
            : tensor;
    }

    private static TensorScales? Blocks(StoredTensor tensor, StoredTensor scales)
    {
        var shape = tensor.Info.Shape;
        if (scales.Info.Length == 1)
            return new(scales with { Info = scales.Info with { Shape = [1] }, Strides = [1] }, 1, 1);
        bool plain = tensor.Strides.SequenceEqual(StoredTensor.ContiguousStrides(shape));
        if (!plain || shape.Count != 2 || scales.Info.Shape.Count is 0 or > 2)
            return null;
        if (scales.Info.Shape.Count == 1) // of rows, which are a layer's outputs
            scales = scales with { Info = scales.Info with { Shape = [scales.Info.Shape[0], 1] }, Strides = [scales.Strides[0], 1] };
        return Block(shape[0], scales.Info.Shape[0]) is { } rows && Block(shape[1], scales.Info.Shape[1]) is { } columns
            ? new(scales, rows, columns)
            : null;
    }

    /// <summary>The length of blocks, a power of two, of which there are so many; null for none.</summary>
    private static long? Block(long length, long blocks)
    {
        if (blocks == length)
            return 1;
        if (blocks == 1)
            return Math.Max(length, 1);
        for (long block = SmallestBlock; block <= LargestBlock; block *= 2)
            if (((BigInteger)length + block - 1) / block == blocks)
                return block;
        return null;
    }

    private static bool IsOtherScale(string name) =>
        name[(name.LastIndexOf('.') + 1)..] is var last
        && last.Contains("scale", StringComparison.Ordinal)
        && !s_others.Contains(last);

    private static string Module(string name) => name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : "";
}
