namespace OVPipeline.Checkpoints;

/// <summary>A name of Python's that a state dict may refer to. There is nothing else that a pickle can name.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Type">The element type of a storage or dtype.</param>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, ElementType Type = default)
{
    private static readonly Dictionary<string, PickleGlobal> s_known = new PickleGlobal[]
    {
        new("collections.OrderedDict", PickleGlobalKind.OrderedDict),
        new("torch._utils._rebuild_tensor_v2", PickleGlobalKind.RebuildTensor),
        new("torch._utils._rebuild_parameter", PickleGlobalKind.RebuildParameter),
        new("torch.Size", PickleGlobalKind.Size),
        new("torch.FloatStorage", PickleGlobalKind.Storage, ElementType.F32),
        new("torch.DoubleStorage", PickleGlobalKind.Storage, ElementType.F64),
        new("torch.HalfStorage", PickleGlobalKind.Storage, ElementType.F16),
        new("torch.BFloat16Storage", PickleGlobalKind.Storage, ElementType.BF16),
        new("torch.LongStorage", PickleGlobalKind.Storage, ElementType.I64),
        new("torch.IntStorage", PickleGlobalKind.Storage, ElementType.I32),
        new("torch.ShortStorage", PickleGlobalKind.Storage, ElementType.I16),
        new("torch.CharStorage", PickleGlobalKind.Storage, ElementType.I8),
        new("torch.ByteStorage", PickleGlobalKind.Storage, ElementType.U8),
        new("torch.BoolStorage", PickleGlobalKind.Storage, ElementType.Bool),
        new("torch.float32", PickleGlobalKind.DType, ElementType.F32),
        new("torch.float64", PickleGlobalKind.DType, ElementType.F64),
        new("torch.float16", PickleGlobalKind.DType, ElementType.F16),
        new("torch.bfloat16", PickleGlobalKind.DType, ElementType.BF16),
        new("torch.int64", PickleGlobalKind.DType, ElementType.I64),
        new("torch.int32", PickleGlobalKind.DType, ElementType.I32),
        new("torch.int16", PickleGlobalKind.DType, ElementType.I16),
        new("torch.int8", PickleGlobalKind.DType, ElementType.I8),
        new("torch.uint8", PickleGlobalKind.DType, ElementType.U8),
        new("torch.bool", PickleGlobalKind.DType, ElementType.Bool),
    }.ToDictionary(g => g.Name, StringComparer.Ordinal);

    /// <summary>The global of a name, or null where no state dict needs it.</summary>
    public static PickleGlobal? Find(string name) => s_known.GetValueOrDefault(name);
}

/// <summary>What a <see cref="PickleGlobal"/> stands for.</summary>
internal enum PickleGlobalKind
{
    /// <summary>A dictionary.</summary>
    OrderedDict,
    /// <summary>A tensor from storage, offset, size and stride.</summary>
    RebuildTensor,
    /// <summary>A parameter: the tensor it wraps.</summary>
    RebuildParameter,
    /// <summary>A tuple of sizes.</summary>
    Size,
    /// <summary>A type of storage.</summary>
    Storage,
    /// <summary>An element type on its own.</summary>
    DType,
}
