using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Each row's sum of <c>exp(t)</c>, <c>t = beta (logit - shift)</c>, over the tiles seen, with its first two moments where they are
/// wanted. The shift is the highest logit so far. A tile is summed in single precision, tiles in double.
/// </summary>
internal sealed class SoftmaxSums
{
    // exp(-1000) is 0 in single precision, and 1000^2 exp(-1000) is still a number: minus infinity times 0 would not be.
    private static readonly Scalar s_lowest = Scalars.Of(-1000);
    private static readonly Scalar s_two = Scalars.Of(2);

    private readonly DeviceRows _rows;
    private readonly double _beta;
    private readonly torch.Tensor _shift;
    private readonly torch.Tensor[] _sums; // of exp(t), t exp(t), t^2 exp(t)

    /// <summary>Begins with no column seen.</summary>
    public SoftmaxSums(DeviceRows rows, double beta, bool moments)
    {
        _rows = rows;
        _beta = beta;
        _shift = rows.Singles(_ => float.NegativeInfinity);
        _sums = [.. Enumerable.Range(0, moments ? 3 : 1).Select(_ => rows.Doubles(_ => 0))];
    }

    /// <summary>The shift of each row; minus infinity where no column was seen.</summary>
    public float[] Shifts => _shift.cpu().data<float>().ToArray();

    /// <summary>The sums of a kind, 0 to 2.</summary>
    public double[] Of(int kind) => kind < _sums.Length ? _sums[kind].cpu().data<double>().ToArray() : new double[_rows.Count];

    /// <summary>Adds a tile from which the labels have been taken out; its contents are lost.</summary>
    /// <param name="tile">Logits, [n, c].</param>
    /// <param name="highest">The highest of each row, [n].</param>
    public void Add(torch.Tensor tile, torch.Tensor highest)
    {
        using var frame = _rows.Memory.Begin();
        var shift = Hold(torch.maximum(_shift, highest));
        var subtracted = Hold(shift.nan_to_num(0, 0, 0)); // no column but the label was seen yet: any shift will do
        Move(Hold((subtracted - torch.where(_shift.isneginf(), subtracted, _shift)).to(torch.float64)));
        _shift.copy_(shift);
        using var beta = Scalars.Of(_beta);
        tile.sub_(subtracted.unsqueeze(1)).mul_(beta);
        if (_sums.Length == 1)
        {
            tile.exp_();
            Sum(0, tile);
            return;
        }
        var weights = Hold(tile.exp());
        tile.clamp_min_(s_lowest);
        Sum(0, weights);
        Sum(1, weights.mul_(tile));
        Sum(2, weights.mul_(tile));
    }

    // With every t less by step: (t - s)^2 = t^2 - 2 s t + s^2.
    private void Move(torch.Tensor shiftBy)
    {
        using var beta = Scalars.Of(_beta);
        var step = Hold(shiftBy.mul(beta));
        var factor = Hold(step.neg().exp());
        if (_sums.Length > 1)
        {
            _sums[2].sub_(step.mul(_sums[1]).mul_(s_two)).add_(step.mul(step).mul_(_sums[0]), Scalars.One).mul_(factor);
            _sums[1].sub_(step.mul(_sums[0])).mul_(factor);
        }
        _sums[0].mul_(factor);
    }

    private void Sum(int kind, torch.Tensor terms) => _sums[kind].add_(terms.sum(1, false, torch.float32), Scalars.One);

    private torch.Tensor Hold(torch.Tensor tensor) => _rows.Memory.Hold(tensor);
}
