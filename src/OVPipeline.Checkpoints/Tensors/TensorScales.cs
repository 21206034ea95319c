using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>
/// The scales of a matrix whose elements are stored in few bits: the element at [r, c] is multiplied by the scale at
/// [r / rows, c / columns].
/// </summary>
/// <param name="scales">A tensor of as many values as the matrix has blocks.</param>
/// <param name="rows">Rows of a block, the last of which may be cut.</param>
/// <param name="columns">Columns of a block, likewise.</param>
internal sealed class TensorScales(StoredTensor scales, long rows, long columns)
{
    private readonly Lazy<Matrix> _values = new(() => scales.View().AsMatrix().ToMatrix());

    /// <summary>Multiplies what a view of the matrix gave, row by row of <paramref name="width"/> values.</summary>
    /// <exception cref="CheckpointException">A scale is not finite, or a product is not.</exception>
    public void Apply(TensorView view, int width, Span<float> values)
    {
        var info = view.Tensor.Info;
        var scale = _values.Value;
        long stored = info.Shape.Count == 2 ? info.Shape[1] : 1;
        for (int at = 0; at < values.Length; at++)
        {
            long element = view.Start + (at / width * view.Strides[0]) + (at % width * view.Strides[1]);
            values[at] *= scale.Values.Length == 1
                ? scale.Values[0]
                : scale[(int)(element / stored / rows), (int)(element % stored / columns)];
            if (!float.IsFinite(values[at]))
                throw new CheckpointException(view.Tensor.File.Path, info.Name,
                    $"element {element} is beyond single precision by its scale.");
        }
    }
}
