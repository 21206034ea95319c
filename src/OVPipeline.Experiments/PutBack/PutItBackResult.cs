using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What other circuits do in the place of two heads' OV circuits.</summary>
public sealed record PutItBackResult : ExperimentResult
{
    /// <summary>Sizes of the model.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The two heads, and whether the model has what the experiment asks for.</summary>
    public required Gate Gate { get; init; }

    /// <summary>Why no fitted copiers were put there; null where they were.</summary>
    public string? NoCopiers { get; init; }

    /// <summary>Why what the heads add to the logits is not split into parts; null where it is.</summary>
    public string? NoSplit { get; init; }

    /// <summary>Whether the model after the heads was run again with what is put in their place; else they add to the logits.</summary>
    public bool IsRunAgain { get; init; }

    /// <summary>The book of each validation block.</summary>
    public required IReadOnlyList<int> Books { get; init; }

    /// <summary>What was put in the place of A, of B, and of both.</summary>
    public required IReadOnlyList<PutBackPlace> Places { get; init; }

    /// <summary>Intervals over the validation blocks.</summary>
    [JsonIgnore]
    public BlockIntervals Intervals => new(Books);

    /// <summary>Every arm with its gain over mean ablation, its share of the original's, and their intervals.</summary>
    [JsonIgnore]
    public IReadOnlyList<PutBackRow> Rows
    {
        get
        {
            var intervals = Intervals;
            return [.. Places.SelectMany(place => RowsOf(place, intervals))];
        }
    }

    /// <summary>Every part of what the heads add to the logits, with its gain, its fraction of the whole's, and their intervals.</summary>
    [JsonIgnore]
    public IReadOnlyList<CopySplitRow> Parts
    {
        get
        {
            var intervals = Intervals;
            return [.. Places.SelectMany(PartsOf)];

            IEnumerable<CopySplitRow> PartsOf(PutBackPlace place) =>
                place.Split is null ? [] : CopySplitRow.Of(PlaceName(place.Heads), place.Split, intervals);
        }
    }

    /// <inheritdoc/>
    public override ReportSection ToSection() => PutItBackReport.Of(this);

    private IEnumerable<PutBackRow> RowsOf(PutBackPlace place, BlockIntervals intervals)
    {
        string name = PlaceName(place.Heads);
        int heads = place.Heads.Count;
        double[] original = place.Gain(PutBackArmName.Original);
        yield return new(name, heads, "nothing (mean ablation)", null, null, place.None.Losses.Average(), null, null);
        foreach (var arm in place.Arms)
        {
            double[] gain = place.Gain(arm.Outcome);
            ConfidenceInterval? share = arm.Arm == PutBackArmName.Original ? null : intervals.Ratio(gain, original);
            yield return new(name, heads, arm.Arm, arm.Rank, arm.Outcome.Factor, arm.Outcome.Losses.Average(), intervals.Mean(gain), share);
        }
    }

    private string PlaceName(IReadOnlyList<HeadIndex> place)
    {
        if (place.Count == 2)
            return $"A and B ({place[0]}, {place[1]})";
        return place[0] == Gate.A ? $"A ({place[0]})" : $"B ({place[0]})";
    }
}

/// <summary>What was put in the place of one head or of both, and what part of these heads' work is copying.</summary>
/// <param name="Heads">The heads that were taken out.</param>
/// <param name="None">Nothing in their place: mean ablation.</param>
/// <param name="Arms">What was put there, and how it did.</param>
/// <param name="Split">What the heads themselves add to the logits, in parts; null where it cannot be split.</param>
public sealed record PutBackPlace(
    IReadOnlyList<HeadIndex> Heads, PutBackOutcome None, IReadOnlyList<PutBackMeasurement> Arms, CopySplit? Split)
{
    /// <summary>How an arm did.</summary>
    /// <param name="arm">Its name, of <see cref="PutBackArmName"/>.</param>
    /// <exception cref="InvalidOperationException">It was not put there.</exception>
    public PutBackOutcome Outcome(string arm) => Arms.First(one => one.Arm == arm).Outcome;

    /// <summary>By how much an arm's loss is below mean ablation's in each validation block, in nats.</summary>
    /// <param name="arm">Its name, of <see cref="PutBackArmName"/>.</param>
    /// <exception cref="InvalidOperationException">It was not put there.</exception>
    public double[] Gain(string arm) => Gain(Outcome(arm));

    internal double[] Gain(PutBackOutcome outcome) => [.. None.Losses.Zip(outcome.Losses, (none, own) => none - own)];
}

/// <summary>An arm and how it did.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Rank">Rank of what was put there, all together.</param>
/// <param name="Outcome">Its factor and its losses.</param>
public sealed record PutBackMeasurement(string Arm, int Rank, PutBackOutcome Outcome);
