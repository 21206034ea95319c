using System.Globalization;
using OVPipeline.Core;
using TorchSharp;

namespace OVPipeline.Torch;

/// <summary>
/// Takes a block of rows over all columns on a device, tile by tile, and writes out the rows that could be decided there.
/// </summary>
/// <param name="columns">The columns.</param>
/// <param name="plan">How much at a time.</param>
/// <param name="scores">Where results go.</param>
/// <param name="memory">Counts what is taken.</param>
/// <param name="device">Where to compute.</param>
/// <param name="cancellationToken">Checked for every tile.</param>
internal sealed class BlockScoring(
    DeviceColumns columns,
    TilePlan plan,
    ScoredRows scores,
    DeviceMemory memory,
    torch.Device device,
    CancellationToken cancellationToken)
{
    private readonly ScoringOptions _options = scores.Options;

    /// <summary>Top columns that are followed for each row.</summary>
    public static int Candidates(ScoringOptions options, int vocabulary) =>
        options.TopK == 0 ? 0 : Math.Min(vocabulary, options.TopK + TopColumns.Spare);

    /// <summary>Scores a block.</summary>
    /// <param name="values">n rows of r values.</param>
    /// <param name="labels">n labels, -1 for none; empty for none at all.</param>
    /// <param name="limits">Each row's error bounds.</param>
    /// <param name="places">Each row's place among the results.</param>
    /// <returns>For each row how it was decided.</returns>
    public RowDecision[] Score(float[] values, int[] labels, RowLimits[] limits, int[] places)
    {
        using var frame = memory.Begin();
        var rows = new DeviceRows(values, labels, limits, columns, plan, memory, device, cancellationToken);
        int followed = Candidates(_options, columns.Vocabulary);
        bool hasSoftmax = _options.LabelLogLoss || _options.LogitMoments || _options.Probabilities;
        var top = followed > 0 ? new TopColumns(rows, columns, followed) : null;
        var ranks = _options.LabelRank && rows.Labelled.Length > 0 ? new LabelRanks(rows, columns) : null;
        var softmax = hasSoftmax ? new SoftmaxSums(rows, _options.InverseTemperature, _options.LogitMoments) : null;
        Sweep(rows, (tile, from) =>
        {
            top?.Add(tile, from);
            if (ranks is null && softmax is null)
                return;
            rows.TakeOutLabels(tile, from, (int)tile.shape[1]);
            var highest = memory.Hold(tile.amax([1L]));
            ranks?.Add(tile, highest, from, cancellationToken);
            softmax?.Add(tile, highest);
        });
        RequireSinglePrecision(rows.Excess.cpu().data<double>().ToArray(), device.ToString());
        var decisions = new RowDecision[rows.Count];
        if (ranks is not null)
            Write(ranks, places, labels, decisions);
        else if (_options.LabelRank)
            Array.ForEach(places, place => scores.LabelRanks[place] = 0);
        if (top is not null)
        {
            var topDecisions = new TopDecisions(columns.Vocabulary, rows.Limits, places, scores);
            RequireSinglePrecision([topDecisions.Write(top, decisions, cancellationToken)], device.ToString());
        }
        if (softmax is not null)
            Write(rows, softmax, places);
        return decisions;
    }

    private void Write(LabelRanks ranks, int[] places, int[] labels, RowDecision[] decisions)
    {
        double[] above = ranks.Above, open = ranks.Open, tied = ranks.Tied;
        for (int i = 0; i < places.Length; i++)
        {
            scores.LabelRanks[places[i]] = labels[i] < 0 ? 0 : (int)above[i] + 1;
            decisions[i] = DecisionOf(open[i], tied[i]);
        }

        static RowDecision DecisionOf(double open, double tied)
        {
            if (tied > 0)
                return RowDecision.LeftOpen;
            return open > 0 ? RowDecision.InDouble : RowDecision.InSingle;
        }
    }

    private void Write(DeviceRows rows, SoftmaxSums softmax, int[] places)
    {
        double beta = _options.InverseTemperature;
        float[] shifts = softmax.Shifts;
        double[] totals = softmax.Of(0), first = softmax.Of(1), second = softmax.Of(2);
        var shares = new (double Shift, double Scale)[rows.Count];
        for (int i = 0; i < shares.Length; i++)
        {
            int label = rows.Labels.Length == 0 ? -1 : rows.Labels[i];
            var state = new RowState { Index = places[i], Label = label, LabelLogit = rows.LabelLogits[i] };
            state.Softmax.MoveShift(float.IsFinite(shifts[i]) ? shifts[i] : rows.LabelLogits[i], beta);
            state.Softmax.Add(totals[i], first[i], second[i]);
            shares[i] = RowResults.WriteSoftmax(beta, ref state, scores);
        }
        if (_options.Probabilities)
            WriteProbabilities(rows, places, shares);
    }

    private void WriteProbabilities(DeviceRows rows, int[] places, (double Shift, double Scale)[] shares)
    {
        using var beta = Scalars.Of((float)_options.InverseTemperature);
        double inverse = _options.InverseTemperature;
        // The device subtracts the shift as a float; what that rounding leaves goes into the scale. Both are [n, 1].
        var shift = rows.Singles(i => (float)shares[i].Shift).unsqueeze(1);
        var scale = rows.Singles(ScaleOf).unsqueeze(1);
        Sweep(rows, (tile, from) =>
        {
            float[] probabilities = tile.sub_(shift).mul_(beta).exp_().mul_(scale).cpu().data<float>().ToArray();
            int width = (int)tile.shape[1];
            for (int i = 0; i < places.Length; i++)
            {
                long to = ((long)places[i] * columns.Vocabulary) + from;
                Array.Copy(probabilities, i * width, scores.Probabilities, to, width);
            }
        });

        float ScaleOf(int i)
        {
            double rounded = (float)shares[i].Shift - shares[i].Shift;
            return (float)(Math.Exp(inverse * rounded) * shares[i].Scale);
        }
    }

    // All columns, a tile [n, c] at a time in the same memory, and the number of its first column.
    private void Sweep(DeviceRows rows, Action<torch.Tensor, int> onTile)
    {
        using var frame = memory.Begin();
        int width = Math.Min(plan.Columns, columns.Vocabulary);
        var room = memory.Hold(torch.empty((long)rows.Count * width, torch.float32, device));
        for (int from = 0; from < columns.Vocabulary; from += width)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var tileFrame = memory.Begin();
            int count = Math.Min(width, columns.Vocabulary - from);
            var tile = room.narrow(0, 0, (long)rows.Count * count).view(rows.Count, count);
            tile.addmm_(rows.Values, columns.Slice(from, count).t(), 0, 1);
            onTile(tile, from);
        }
    }

    /// <summary>Throws where a device's products are further from the true ones than single precision explains.</summary>
    /// <param name="excess">By how much they are, above 0 where they are.</param>
    /// <param name="device">The device's name.</param>
    /// <exception cref="InvalidOperationException">They are.</exception>
    internal static void RequireSinglePrecision(double[] excess, string device)
    {
        if (excess.Max() is > 0 and var most)
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"{device} multiplies with less than single precision: a logit is off by {most:G3} more than rounding explains. " +
                $"Is TF32 forced on?"));
    }
}
