namespace OVPipeline.Torch;

/// <summary>
/// How a model does its task on sequences: figures of the positions that have a target. Each mean comes with the values it is a mean of, by
/// sequence, which are the units that an interval can be taken over.
/// </summary>
/// <param name="LossBySequence">For each sequence that has a target the mean loss of its targets, in nats.</param>
/// <param name="AccuracyBySequence">For each of them the share of its targets that are the model's first choice.</param>
/// <param name="PositionsBySequence">For each of them how many targets it has.</param>
public sealed record TaskResult(
    IReadOnlyList<double> LossBySequence, IReadOnlyList<double> AccuracyBySequence, IReadOnlyList<int> PositionsBySequence)
{
    /// <summary>Positions that are scored.</summary>
    public int Positions => PositionsBySequence.Sum();

    /// <summary>Mean loss over all positions that are scored, in nats; NaN where there are none.</summary>
    public double Loss => Mean(LossBySequence);

    /// <summary>Share of all positions that are scored whose target is the model's first choice; NaN where there are none.</summary>
    public double Accuracy => Mean(AccuracyBySequence);

    private double Mean(IReadOnlyList<double> bySequence) =>
        bySequence.Zip(PositionsBySequence, (mean, positions) => mean * positions).Sum() / Positions;
}
