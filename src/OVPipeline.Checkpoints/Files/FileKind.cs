namespace OVPipeline.Checkpoints;

/// <summary>What a file is by its content: the kinds that a reader here takes, and those that none does.</summary>
internal enum FileKind
{
    /// <summary>None of the others.</summary>
    Unknown,
    /// <summary>Something that has a name and no reader here; <see cref="FileLook.Remedy"/> says what to do.</summary>
    Other,
    /// <summary>A safetensors file, whole or cut.</summary>
    Safetensors,
    /// <summary>A zip archive, as PyTorch writes them since 1.6.</summary>
    Zip,
    /// <summary>What PyTorch wrote before 1.6: pickles and elements one after another.</summary>
    PyTorchLegacy,
    /// <summary>A Python pickle of another kind.</summary>
    Pickle,
    /// <summary>An ONNX model.</summary>
    Onnx,
    /// <summary>A GGUF file.</summary>
    Gguf,
    /// <summary>A JSON object or array in UTF-8.</summary>
    Json,
    /// <summary>Other text in UTF-8.</summary>
    Text,
}
