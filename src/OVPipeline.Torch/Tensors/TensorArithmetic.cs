using static TorchSharp.torch;

namespace OVPipeline.Torch;

/// <summary>
/// Sums and products of tensors, for what TorchSharp's operators can crash at: <c>a + b</c>, <c>a * 2.0</c> and their like make a Scalar
/// that nothing keeps alive while libtorch reads it (TorchSharp 0.107; <c>a - b</c> and <c>a * b</c> of tensors make none). Results are the
/// operators', bit by bit: new tensors of the current dispose scope, and differentiable.
/// </summary>
public static class TensorArithmetic
{
    /// <summary>The sum of two tensors, broadcast.</summary>
    public static Tensor Plus(this Tensor tensor, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(other);
        return Made(tensor.add(other, Scalars.One), tensor, other);
    }

    /// <summary>A number added to each element, which does not change a floating-point type.</summary>
    public static Tensor Plus(this Tensor tensor, double number)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scalar = Scalars.Of(number);
        return Made(tensor.add(scalar, Scalars.One), tensor);
    }

    /// <summary>Each element times a number, which does not change a floating-point type.</summary>
    public static Tensor Times(this Tensor tensor, double factor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scalar = Scalars.Of(factor);
        return Made(tensor.mul(scalar), tensor);
    }

    /// <summary>Each element divided by a number, which does not change a floating-point type.</summary>
    public static Tensor Over(this Tensor tensor, double divisor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scalar = Scalars.Of(divisor);
        return Made(tensor.div(scalar), tensor);
    }

    /// <summary>Rows added in place, not a new tensor: <c>sums[rows[i]] += values[i]</c>.</summary>
    /// <param name="sums">[N, ...].</param>
    /// <param name="rows">Indices into it, [n], Int64.</param>
    /// <param name="values">[n, ...].</param>
    public static Tensor AddRows(this Tensor sums, Tensor rows, Tensor values)
    {
        ArgumentNullException.ThrowIfNull(sums);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(values);
        return Made(sums.index_add_(0, rows, values, Scalars.One), sums, rows, values);
    }

    // A result, once it is there: what it is made of lives until then (CallScope says why).
    private static Tensor Made(Tensor result, Tensor first, Tensor? second = null, Tensor? third = null)
    {
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        GC.KeepAlive(third);
        return result;
    }
}
