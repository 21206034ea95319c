using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>What neurons pass.</summary>
internal static class Activations
{
    /// <summary>Values of neurons [..., d_mlp] after the activation; of SoLU before its layer norm.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no kind of activation.</exception>
    public static Tensor Apply(ActivationKind kind, Tensor values) => kind switch
    {
        ActivationKind.Gelu => nn.functional.gelu(values),
        ActivationKind.GeluTanh => GeluTanh(values),
        ActivationKind.QuickGelu => values * values.Times(1.702).sigmoid(),
        ActivationKind.Relu => values.relu(),
        ActivationKind.SquaredRelu => Squared(values.relu()),
        ActivationKind.Silu => nn.functional.silu(values),
        ActivationKind.SoluLN => values * values.softmax(-1),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "This is no kind of activation."),
    };

    // 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), Hendrycks and Gimpel 2016.
    private static Tensor GeluTanh(Tensor values)
    {
        var inner = (values * Squared(values).Times(0.044715).Plus(1)).Times(Math.Sqrt(2 / Math.PI));
        return values.Times(0.5) * inner.tanh().Plus(1);
    }

    private static Tensor Squared(Tensor values) => values * values;
}
