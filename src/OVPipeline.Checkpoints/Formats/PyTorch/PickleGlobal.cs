namespace OVPipeline.Checkpoints;

/// <summary>
/// A name of Python's that a pickle refers to. It is never resolved: the few that tensors are made of are known, others are names.
/// </summary>
/// <param name="Name">Module and name.</param>
/// <param name="Kind">What it stands for.</param>
/// <param name="Type">The element type of a storage or dtype.</param>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, ElementType Type = ElementType.Other)
{
    private static readonly (string Storage, string DType, ElementType Type)[] s_types =
    [
        ("FloatStorage", "float32", ElementType.F32),
        ("DoubleStorage", "float64", ElementType.F64),
        ("HalfStorage", "float16", ElementType.F16),
        ("BFloat16Storage", "bfloat16", ElementType.BF16),
        ("LongStorage", "int64", ElementType.I64),
        ("IntStorage", "int32", ElementType.I32),
        ("ShortStorage", "int16", ElementType.I16),
        ("CharStorage", "int8", ElementType.I8),
        ("ByteStorage", "uint8", ElementType.U8),
        ("BoolStorage", "bool", ElementType.Bool),
        ("UInt16Storage", "uint16", ElementType.U16),
        ("UInt32Storage", "uint32", ElementType.U32),
        ("UInt64Storage", "uint64", ElementType.U64),
        ("ComplexFloatStorage", "complex64", ElementType.C64),
        ("Float8_e4m3fnStorage", "float8_e4m3fn", ElementType.F8_E4M3),
        ("Float8_e5m2Storage", "float8_e5m2", ElementType.F8_E5M2),
        ("ComplexDoubleStorage", "complex128", ElementType.Other),
        ("QInt8Storage", "qint8", ElementType.Other),
        ("QUInt8Storage", "quint8", ElementType.Other),
        ("QInt32Storage", "qint32", ElementType.Other),
    ];

    private static readonly Dictionary<string, PickleGlobal> s_known = Known().ToDictionary(g => g.Name, StringComparer.Ordinal);

    /// <summary>Bytes of an element of a storage, or 0 where they are not known.</summary>
    public int ElementSize => Type != ElementType.Other ? Type.Size() : Name[(Name.LastIndexOf('.') + 1)..] switch
    {
        "QInt8Storage" or "QUInt8Storage" => 1,
        "QInt32Storage" => 4,
        "ComplexDoubleStorage" => 16,
        _ => 0,
    };

    /// <summary>The global of a name.</summary>
    public static PickleGlobal Of(string name)
    {
        if (s_known.GetValueOrDefault(name) is { } known)
            return known;
        bool storage = name.StartsWith("torch.", StringComparison.Ordinal) && name.EndsWith("Storage", StringComparison.Ordinal);
        return new(name, storage ? PickleGlobalKind.Storage : PickleGlobalKind.Other);
    }

    private static IEnumerable<PickleGlobal> Known() =>
    [
        new("collections.OrderedDict", PickleGlobalKind.OrderedDict),
        new("torch._utils._rebuild_tensor", PickleGlobalKind.RebuildTensor),
        new("torch._utils._rebuild_tensor_v2", PickleGlobalKind.RebuildTensor),
        new("torch._utils._rebuild_tensor_v3", PickleGlobalKind.RebuildTypedTensor),
        new("torch._utils._rebuild_parameter", PickleGlobalKind.RebuildParameter),
        new("torch._utils._rebuild_parameter_with_state", PickleGlobalKind.RebuildParameter),
        new("torch._utils._rebuild_device_tensor_from_cpu_tensor", PickleGlobalKind.RebuildParameter),
        new("torch.nn.parameter.Parameter", PickleGlobalKind.RebuildParameter),
        new("torch._tensor._rebuild_from_type", PickleGlobalKind.RebuildSubclass),
        new("torch._tensor._rebuild_from_type_v2", PickleGlobalKind.RebuildSubclass),
        new("torch.tensor._rebuild_from_type", PickleGlobalKind.RebuildSubclass),
        new("torch._utils._rebuild_qtensor", PickleGlobalKind.RebuildQuantised),
        new("torch._utils._rebuild_sparse_tensor", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_sparse_csr_tensor", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_nested_tensor", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_mkldnn_tensor", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_meta_tensor_no_storage", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_device_tensor_from_numpy", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_wrapper_subclass", PickleGlobalKind.RebuildOther),
        new("torch._utils._rebuild_xla_tensor", PickleGlobalKind.RebuildOther),
        new("torch.Size", PickleGlobalKind.Size),
        new("torch.storage.UntypedStorage", PickleGlobalKind.UntypedStorage, ElementType.U8),
        new("torch.UntypedStorage", PickleGlobalKind.UntypedStorage, ElementType.U8),
        .. s_types.SelectMany(type => new PickleGlobal[]
        {
            new($"torch.{type.Storage}", PickleGlobalKind.Storage, type.Type),
            new($"torch.cuda.{type.Storage}", PickleGlobalKind.Storage, type.Type),
            new($"torch.{type.DType}", PickleGlobalKind.DType, type.Type),
        }),
    ];
}

/// <summary>What a <see cref="PickleGlobal"/> stands for.</summary>
internal enum PickleGlobalKind
{
    /// <summary>A dictionary.</summary>
    OrderedDict,
    /// <summary>A tensor from storage, offset, size and stride.</summary>
    RebuildTensor,
    /// <summary>The same, of an untyped storage, with the element type at the end.</summary>
    RebuildTypedTensor,
    /// <summary>A parameter, or a tensor of another device: the tensor it wraps.</summary>
    RebuildParameter,
    /// <summary>A subclass of tensors: a function and its arguments.</summary>
    RebuildSubclass,
    /// <summary>A tensor of quantised elements, which are listed and not read.</summary>
    RebuildQuantised,
    /// <summary>A tensor that is no view of a storage: sparse, nested, without elements.</summary>
    RebuildOther,
    /// <summary>A tuple of sizes.</summary>
    Size,
    /// <summary>A type of storage.</summary>
    Storage,
    /// <summary>A storage of bytes.</summary>
    UntypedStorage,
    /// <summary>An element type on its own.</summary>
    DType,
    /// <summary>Anything else: a name and no more.</summary>
    Other,
}
