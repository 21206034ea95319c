using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>An MLP of one position's values, in double precision.</summary>
internal static class PlainMlp
{
    public static double[] Of(
        MlpConfig mlp, TransformerWeights weights, HeadIndex layer, double[] input, double epsilon, Func<double, double>? activation)
    {
        double[] into = Through(WeightKind.W_in, WeightKind.b_in, input);
        double[] hidden = mlp.Gated
            ? [.. Passed(Through(WeightKind.W_gate, WeightKind.b_gate, input)).Zip(into, (gate, value) => gate * value)]
            : Passed(into);
        if (mlp.Activation == ActivationKind.SoluLN)
            hidden = [.. PlainNorms.Plain(hidden, true, epsilon).Select((value, i) => (value * Entry(WeightKind.ln_mlp_w, i, 1))
                + Entry(WeightKind.ln_mlp_b, i, 0))];
        return Through(WeightKind.W_out, WeightKind.b_out, hidden);

        double[] Passed(double[] neurons) => activation is null ? Activate(mlp.Activation, neurons) : [.. neurons.Select(activation)];

        double[] Through(WeightKind matrix, WeightKind bias, double[] from)
        {
            var map = weights.Read(matrix, layer);
            return [.. Enumerable.Range(0, map.Columns)
                .Select(j => from.Select((value, i) => value * map[i, j]).Sum() + Entry(bias, j, 0))];
        }

        double Entry(WeightKind kind, int i, double without) => weights.Has(kind) ? weights.Read(kind, layer)[0, i] : without;
    }

    public static double[] Activate(ActivationKind kind, double[] x) => kind switch
    {
        ActivationKind.Gelu => [.. x.Select(v => v * Phi(v))],
        ActivationKind.GeluTanh => [.. x.Select(v => v / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + (0.044715 * v * v * v)))))],
        ActivationKind.QuickGelu => [.. x.Select(v => v / (1 + Math.Exp(-1.702 * v)))],
        ActivationKind.Relu => [.. x.Select(v => v > 0 ? v : 0)],
        ActivationKind.SquaredRelu => [.. x.Select(v => v > 0 ? v * v : 0)],
        ActivationKind.Silu => [.. x.Select(v => v / (1 + Math.Exp(-v)))],
        ActivationKind.SoluLN => [.. x.Select(v => v * Math.Exp(v - x.Max()) / x.Sum(other => Math.Exp(other - x.Max())))],
        _ => throw new NotSupportedException(),
    };

    // The normal distribution's function: 1/2 and the density times x + x^3 / 3 + x^5 / 15 + ..., whose terms have one sign.
    private static double Phi(double x)
    {
        if (Math.Abs(x) > 9)
            return x > 0 ? 1 : 0;
        double sum = 0, term = x;
        for (int n = 1; Math.Abs(term) > 1e-18; n++)
        {
            sum += term;
            term *= x * x / ((2 * n) + 1);
        }
        return 0.5 + (sum * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
    }
}
