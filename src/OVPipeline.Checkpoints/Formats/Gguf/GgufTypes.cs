namespace OVPipeline.Checkpoints;

/// <summary>The types of tensors in GGUF files, by the numbers that files have for them (enum ggml_type).</summary>
internal static class GgufTypes
{
    private static readonly Dictionary<uint, ElementType> s_read = new()
    {
        [0] = ElementType.F32,
        [1] = ElementType.F16,
        [2] = ElementType.Q4_0,
        [3] = ElementType.Q4_1,
        [6] = ElementType.Q5_0,
        [7] = ElementType.Q5_1,
        [8] = ElementType.Q8_0,
        [9] = ElementType.Q8_1,
        [10] = ElementType.Q2_K,
        [11] = ElementType.Q3_K,
        [12] = ElementType.Q4_K,
        [13] = ElementType.Q5_K,
        [14] = ElementType.Q6_K,
        [15] = ElementType.Q8_K,
        [20] = ElementType.IQ4_NL,
        [23] = ElementType.IQ4_XS,
        [24] = ElementType.I8,
        [25] = ElementType.I16,
        [26] = ElementType.I32,
        [27] = ElementType.I64,
        [28] = ElementType.F64,
        [30] = ElementType.BF16,
        [34] = ElementType.TQ1_0,
        [35] = ElementType.TQ2_0,
        [39] = ElementType.MXFP4,
    };

    // Name, elements and bytes of a block; of what ggml took out again the sizes are not known any more.
    private static readonly Dictionary<uint, (string Name, int Length, int Size)> s_others = new()
    {
        [4] = ("Q4_2", 1, 0),
        [5] = ("Q4_3", 1, 0),
        [16] = ("IQ2_XXS", 256, 66),
        [17] = ("IQ2_XS", 256, 74),
        [18] = ("IQ3_XXS", 256, 98),
        [19] = ("IQ1_S", 256, 50),
        [21] = ("IQ3_S", 256, 110),
        [22] = ("IQ2_S", 256, 82),
        [29] = ("IQ1_M", 256, 56),
        [31] = ("Q4_0_4_4", 32, 18),
        [32] = ("Q4_0_4_8", 32, 18),
        [33] = ("Q4_0_8_8", 32, 18),
        [36] = ("IQ4_NL_4_4", 32, 18),
        [37] = ("IQ4_NL_4_8", 32, 18),
        [38] = ("IQ4_NL_8_8", 32, 18),
        [40] = ("NVFP4", 64, 36),
        [41] = ("Q1_0", 128, 18),
        [42] = ("Q2_0", 64, 18),
    };

    /// <summary>What a number stands for.</summary>
    public static GgufType Of(uint number)
    {
        if (s_read.TryGetValue(number, out var type))
            return new(type, type.BlockLength(), type.Size(), null);
        if (s_others.TryGetValue(number, out var other))
        {
            return new(ElementType.Other, other.Length, other.Size,
                $"{other.Name} elements cannot be read here: convert the file to Q8_0 or F16.");
        }
        return new(ElementType.Other, 1, 0, $"its elements are of ggml's type {number}, which is not known here.");
    }
}

/// <summary>A type of tensors.</summary>
/// <param name="Element">How elements are read.</param>
/// <param name="BlockLength">Elements of a block.</param>
/// <param name="BlockSize">Bytes of a block; 0 where that is not known.</param>
/// <param name="Unreadable">Why they cannot be read, a sentence; null where they can.</param>
internal sealed record GgufType(ElementType Element, int BlockLength, int BlockSize, string? Unreadable);
