namespace OVPipeline.Checkpoints.Tests;

/// <summary>What is loaded with a mutated file in place.</summary>
internal enum FuzzKind
{
    /// <summary>The model's folder, and a weight of every kind.</summary>
    Model,
    /// <summary>The file's tensors, all of them.</summary>
    Tensors,
    /// <summary>The folder's tokenizer.</summary>
    Tokenizer,
    /// <summary>The file as JSON, all of it.</summary>
    Json,
}
