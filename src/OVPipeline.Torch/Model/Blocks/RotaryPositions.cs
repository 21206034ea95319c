using OVPipeline.Core;
using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>Turns a layer's queries and keys by their positions (Su et al. 2021).</summary>
/// <param name="rotary">How.</param>
/// <param name="context">The model's longest context; 0 where that is not known.</param>
/// <param name="local">Whether the layer's attention has a window.</param>
internal sealed class RotaryPositions(RotaryConfig rotary, int context, bool local)
{
    /// <summary>Those of a layer; null where it has none.</summary>
    public static RotaryPositions? Of(ModelShape shape, int layer)
    {
        bool none = shape.Config.PositionalEmbedding != "rotary" || shape.Forward.Rotary!.LayersWithout.Contains(layer);
        return none ? null : new(shape.Forward.Rotary!, shape.Config.Context, shape.WindowOf(layer) > 0);
    }

    /// <summary>Sines and cosines of a run of positions, [T, dimensions / 2] each.</summary>
    /// <param name="first">The first position.</param>
    /// <param name="count">How many, T.</param>
    /// <param name="like">Whose type and device they take.</param>
    public (Tensor Sines, Tensor Cosines) Table(long first, long count, Tensor like)
    {
        var (frequencies, factor) = RotaryFrequencies.Of(rotary, context, local, first + count);
        int pairs = frequencies.Length;
        double[] sines = new double[count * pairs];
        double[] cosines = new double[count * pairs];
        for (long position = 0; position < count; position++)
            for (int pair = 0; pair < pairs; pair++)
            {
                var (sine, cosine) = Math.SinCos((first + position) * frequencies[pair]);
                sines[(position * pairs) + pair] = sine * factor;
                cosines[(position * pairs) + pair] = cosine * factor;
            }
        return (ToTensor(sines), ToTensor(cosines));

        Tensor ToTensor(double[] values) => tensor(values, [count, pairs]).to(like.dtype).to(like.device);
    }

    /// <summary>Queries or keys [B, H, T, d_head], the first dimensions of each turned.</summary>
    public Tensor Turn(Tensor values, (Tensor Sines, Tensor Cosines) table)
    {
        long turned = rotary.Dimensions;
        long width = values.shape[^1];
        var part = turned == width ? values : values.narrow(-1, 0, turned);
        // A pair is (2 i, 2 i + 1) or (i, i + dimensions / 2).
        long[] apart = rotary.AdjacentPairs ? [turned / 2, 2] : [2, turned / 2];
        long axis = rotary.AdjacentPairs ? 4 : 3;
        var pairs = part.reshape([.. values.shape[..3], .. apart]);
        var (first, second) = (pairs.select(axis, 0), pairs.select(axis, 1));
        var rotated = stack([(first * table.Cosines) - (second * table.Sines), (first * table.Sines).Plus(second * table.Cosines)], axis)
            .reshape(part.shape);
        return turned == width ? rotated : cat([rotated, values.narrow(-1, turned, width - turned)], -1);
    }
}
