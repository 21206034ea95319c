namespace OVPipeline.Core;

/// <summary>The rank and the log-loss of labelled rows at the logits' natural scale.</summary>
/// <param name="count">Rows.</param>
internal sealed class NaturalScores(int count)
{
    private int _taken;

    /// <summary>Whether all rows have them.</summary>
    public bool IsTaken => _taken == count;

    /// <summary>Ranks, 1-based.</summary>
    public int[] Ranks { get; } = new int[count];

    /// <summary>Log-losses in nats.</summary>
    public double[] LogLosses { get; } = new double[count];

    /// <summary>Takes a block of rows.</summary>
    /// <param name="first">Its first row.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scores">Their scores; without log-losses at natural scale the others are those.</param>
    public void Take(int first, int rows, ScoredRows scores)
    {
        var losses = scores.Options.NaturalLogLoss ? scores.NaturalLogLosses : scores.LabelLogLosses;
        scores.LabelRanks.AsSpan(0, rows).CopyTo(Ranks.AsSpan(first));
        losses.AsSpan(0, rows).CopyTo(LogLosses.AsSpan(first));
        _taken += rows;
    }
}
