using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>What neurons pass, by the names of Hugging Face's transformers (<c>ACT2FN</c>) and of TransformerLens.</summary>
internal static class ActivationNames
{
    /// <summary>The kind of a name; null where it is none of those that run.</summary>
    public static ActivationKind? Of(string name) => name switch
    {
        "gelu" or "gelu_python" => ActivationKind.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_python_tanh" or "gelu_accurate" => ActivationKind.GeluTanh,
        "quick_gelu" => ActivationKind.QuickGelu,
        "relu" => ActivationKind.Relu,
        "relu2" => ActivationKind.SquaredRelu,
        "silu" or "swish" => ActivationKind.Silu,
        "solu_ln" => ActivationKind.SoluLN,
        _ => null,
    };
}
