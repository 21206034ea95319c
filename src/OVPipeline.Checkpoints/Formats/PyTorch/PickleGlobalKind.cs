namespace OVPipeline.Checkpoints;

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
