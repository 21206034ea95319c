using OVPipeline.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>A model's first weights.</summary>
internal static class Initialization
{
    public static void Fill(Transformer model, InitialScales scales, long seed)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var random = new Generator((ulong)seed);
        double narrow = 1 / Math.Sqrt(model.Config.DModel);
        foreach (var (name, parameter) in model.named_parameters())
            switch (name[(name.LastIndexOf('.') + 1)..])
            {
                case "W_pos": parameter.copy_(Sinusoids(model.Config, scales.Position)); break;
                case "W_E": Draw(parameter, scales.Embedding); break;
                case "W_Q" or "W_K" or "W_V": Draw(parameter, scales.Attention * narrow); break;
                case "W_O": Draw(parameter, scales.Output * narrow); break;
                case "W_U": Draw(parameter, scales.Unembedding * narrow); break;
                case "w": parameter.fill_(Scalars.One); break;
                default: break; // biases stay zero
            }

        void Draw(Tensor parameter, double deviation) => parameter.copy_(randn(parameter.shape, generator: random).Times(deviation));
    }

    // Pairs of sine and cosine, of wavelengths in geometric progression from pi to 2 pi n_ctx.
    private static Tensor Sinusoids(TransformerConfig config, double scale)
    {
        int length = config.Context;
        int width = config.DModel;
        int pairs = width / 2;
        float[] values = new float[length * width];
        for (int position = 0; position < length; position++)
            for (int column = 0; column < width; column++)
            {
                double frequency = 2 * Math.Pow(2.0 * length, -(double)(column / 2) / Math.Max(1, pairs - 1));
                double angle = position * frequency;
                double wave = column % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle);
                values[(position * width) + column] = (float)(wave * scale * Math.Sqrt(2)); // a wave's root mean square is 1 / sqrt(2)
            }
        return tensor(values, [length, width]);
    }
}
