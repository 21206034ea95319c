using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What a circuit on held-out tokens is.</summary>
public enum HeldOutRole
{
    /// <summary>The copier that never saw them.</summary>
    Copier,

    /// <summary>The same, held to the norm of the best head.</summary>
    CopierAtHeadNorm,

    /// <summary>The model's best head, which has seen all tokens.</summary>
    BestHead,

    /// <summary>The model's best pair, which has seen all tokens.</summary>
    BestPair,

    /// <summary>A copier that was fitted with them.</summary>
    KnowingCopier,
}

/// <summary>One random split into fitted and held-out tokens, by groups of variants.</summary>
/// <param name="Circuits">How each circuit did, the copier that never saw the held-out tokens first.</param>
public sealed record HeldOutSplit(IReadOnlyList<HeldOutCircuit> Circuits)
{
    /// <summary>McNemar's tests of the first circuit against each other, on the same held-out tokens.</summary>
    [JsonIgnore]
    public IReadOnlyList<HeldOutTest> Tests
    {
        get
        {
            var copier = Circuits[0];
            HeldOutCircuit[] others = [.. Circuits.Skip(1)];
            McNemar[] tests = [.. others.Select(other => McNemar.Of(ContingencyTable.Of([.. copier.First], [.. other.First])))];
            var corrected = HolmCorrection.Adjust([.. tests.Select(test => test.ExactPValue)]);
            return [.. tests.Select((test, i) => new HeldOutTest(others[i].Name, test, corrected[i]))];
        }
    }
}

/// <summary>A circuit on a split.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="HeldOut">On held-out tokens, against the whole vocabulary.</param>
/// <param name="FittedTop1">Top-1 share of the other tokens, against the whole vocabulary.</param>
/// <param name="First">Which of the held-out tokens it ranks first, in their order.</param>
public sealed record HeldOutCircuit(HeldOutRole Role, string Name, CircuitResult HeldOut, double FittedTop1, IReadOnlyList<bool> First);

/// <summary>A test of whether two circuits rank equally many held-out tokens first.</summary>
/// <param name="Against">The other circuit.</param>
/// <param name="Test">The test: tokens that only the copier, or only the other, ranks first.</param>
/// <param name="CorrectedPValue">Its exact p-value with all tests of the split counted (Holm 1979).</param>
public sealed record HeldOutTest(string Against, McNemar Test, double CorrectedPValue);

/// <summary>A circuit over all splits.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Splits">How it did on each split, one or more.</param>
public sealed record HeldOutMean(HeldOutRole Role, string Name, IReadOnlyList<HeldOutCircuit> Splits)
{
    /// <summary>Mean top-1 share of held-out tokens.</summary>
    public double Top1 => Splits.Average(one => one.HeldOut.Row.Top1);

    /// <summary>
    /// The 95 % interval of that, the overlap of splits allowed for (<see cref="MeanInterval.OfSplits"/>); null for one split.
    /// </summary>
    public ConfidenceInterval? Interval
    {
        get
        {
            if (Splits.Count < 2)
                return null;
            var interval = MeanInterval.OfSplits([.. Splits.Select(one => one.HeldOut.Row.Top1)], HeldOutFits.Share);
            return interval with { Low = Math.Max(0, interval.Low), High = Math.Min(1, interval.High) };
        }
    }

    /// <summary>Mean top-1 share of the other tokens.</summary>
    public double FittedTop1 => Splits.Average(one => one.FittedTop1);

    internal static IReadOnlyList<HeldOutMean> Of(IReadOnlyList<HeldOutSplit> splits)
    {
        HeldOutCircuit[] Over(HeldOutCircuit one) => [.. splits.Select(split => split.Circuits.First(other => other.Role == one.Role))];
        return splits.Count == 0 ? [] : [.. splits[0].Circuits.Select(one => new HeldOutMean(one.Role, one.Name, Over(one)))];
    }
}
