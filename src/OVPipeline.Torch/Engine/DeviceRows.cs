using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>A block of rows on a device, and what is known of each. Rows without a label have no columns before it.</summary>
internal sealed class DeviceRows
{
    /// <summary>Sends a block.</summary>
    /// <param name="values">n rows of r values.</param>
    /// <param name="labels">n labels, -1 for none; empty for none at all.</param>
    /// <param name="limits">Each row's error bounds.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="plan">How much at a time.</param>
    /// <param name="memory">Counts what is taken.</param>
    /// <param name="device">Where to.</param>
    /// <param name="cancellationToken">Checked while labels' logits are computed.</param>
    public DeviceRows(
        float[] values,
        int[] labels,
        RowLimits[] limits,
        DeviceColumns columns,
        TilePlan plan,
        DeviceMemory memory,
        torch.Device device,
        CancellationToken cancellationToken)
    {
        Count = limits.Length;
        Labels = labels;
        Limits = limits;
        Plan = plan;
        Memory = memory;
        Device = device;
        Values = memory.Hold(torch.tensor(values, [Count, columns.Rank], device: device));
        Labelled = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] >= 0)];
        LabelLogits = new double[Count];
        Array.Fill(LabelLogits, double.NaN);
        if (Labelled.Length > 0)
        {
            using var frame = memory.Begin();
            torch.Tensor rows = Indices(Labelled), tokens = Indices([.. Labelled.Select(i => labels[i])]);
            var products = DoubleLogits.Of(Values, rows, columns, tokens, memory, plan.Pairs, cancellationToken);
            double[] logits = products.cpu().data<double>().ToArray();
            for (int i = 0; i < logits.Length; i++)
                LabelLogits[Labelled[i]] = logits[i];
        }
        Excess = memory.Hold(torch.zeros(Count, torch.float64, device));
    }

    /// <summary>Rows, n.</summary>
    public int Count { get; }

    /// <summary>[n, r].</summary>
    public torch.Tensor Values { get; }

    /// <summary>Each row's label, -1 for none; empty for none at all.</summary>
    public int[] Labels { get; }

    /// <summary>The rows that have one.</summary>
    public int[] Labelled { get; }

    /// <summary>The labels' logits in double precision; NaN where there is no label.</summary>
    public double[] LabelLogits { get; }

    /// <summary>Each row's error bounds.</summary>
    public RowLimits[] Limits { get; }

    /// <summary>How much at a time.</summary>
    public TilePlan Plan { get; }

    /// <summary>Counts what is taken.</summary>
    public DeviceMemory Memory { get; }

    /// <summary>Where the rows are.</summary>
    public torch.Device Device { get; }

    /// <summary>
    /// By how much a product in the device's single precision was further from the one in double precision than its bound allows, [n]:
    /// above 0 the device does not compute in single precision.
    /// </summary>
    public torch.Tensor Excess { get; }

    /// <summary>Indices on the device, [n].</summary>
    public torch.Tensor Indices(int[] values) => Memory.Hold(torch.tensor(Array.ConvertAll(values, v => (long)v), device: Device));

    /// <summary>A value for each row on the device, [n].</summary>
    public torch.Tensor Doubles(Func<int, double> value) =>
        Memory.Hold(torch.tensor([.. Enumerable.Range(0, Count).Select(value)], torch.float64, Device));

    /// <summary>A value for each row on the device, [n].</summary>
    public torch.Tensor Singles(Func<int, float> value) =>
        Memory.Hold(torch.tensor([.. Enumerable.Range(0, Count).Select(value)], torch.float32, Device));

    /// <summary>
    /// Takes the labels that a tile holds out of it, so that what follows sees all columns but the label, and checks their logits.
    /// </summary>
    public void TakeOutLabels(torch.Tensor tile, int from, int count)
    {
        int[] here = [.. Labelled.Where(i => Labels[i] >= from && Labels[i] < from + count)];
        if (here.Length == 0)
            return;
        using var frame = Memory.Begin();
        torch.Tensor rows = Indices(here), places = Indices([.. here.Select(i => Labels[i] - from)]);
        double[] logits = [.. here.Select(i => LabelLogits[i])];
        double[] bounds = [.. here.Select(i => Limits[i].Single + Limits[i].Double)];
        var seen = Memory.Hold(tile.index(rows, places)).to(torch.float64);
        seen.sub_(torch.tensor(logits, device: Device)).abs_().sub_(torch.tensor(bounds, device: Device));
        Excess.index_put_(seen, rows);
        tile.index_put_(Scalars.MinusInfinity, rows, places);
    }
}
