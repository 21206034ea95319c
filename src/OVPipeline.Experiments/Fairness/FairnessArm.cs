using System.Globalization;
using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What a copier is controlled for.</summary>
public enum FairnessControl
{
    /// <summary>The model's best head, that copiers are compared with.</summary>
    Head,

    /// <summary>The copier without controls.</summary>
    Copier,

    /// <summary>It, fitted under weight decay.</summary>
    WeightDecay,

    /// <summary>It, held to the head's Frobenius norm.</summary>
    NormCapped,

    /// <summary>It, started from the head's weights.</summary>
    StartedFromHead,

    /// <summary>It, with each token weighted by how often it occurs in text.</summary>
    ByFrequency,

    /// <summary>A fit of the same rank to a random permutation of the tokens.</summary>
    Permuted,

    /// <summary>A copier through the embeddings of an untrained model.</summary>
    UntrainedCopier,

    /// <summary>The best head of an untrained model.</summary>
    UntrainedHead,
}

/// <summary>A control, measured once or over random permutations or models.</summary>
/// <param name="Control">The control.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Repeats">The circuits: one, or one for each permutation or model.</param>
public sealed record FairnessArm(FairnessControl Control, string Name, IReadOnlyList<CircuitResult> Repeats)
{
    /// <summary>The weight decay; null where it is another control.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>Mean top-1 share: of tokens that their own logit ranks first, or of a permutation that their target's does.</summary>
    [JsonIgnore]
    public double Top1 => ArmTable.Top1(Repeats);

    /// <summary>The 95 % interval of that; null for a single circuit.</summary>
    [JsonIgnore]
    public ConfidenceInterval? Interval => ArmTable.Interval(Repeats);

    /// <summary>Mean log-loss at natural scale, in nats.</summary>
    [JsonIgnore]
    public double LogLoss => Repeats.Average(one => one.Row.LogLoss);

    /// <summary>The objection that it answers.</summary>
    [JsonIgnore]
    public string Objection => Control switch
    {
        FairnessControl.Head => "what is compared with",
        FairnessControl.Copier => "none: as the claim had it",
        FairnessControl.WeightDecay => "it had no weight decay",
        FairnessControl.NormCapped => "it had all the norm it wanted",
        FairnessControl.StartedFromHead => "its start was made for copying",
        FairnessControl.ByFrequency => "in training, frequent tokens count more",
        FairnessControl.Permuted => "it may remember, not copy",
        _ => "any embeddings may do",
    };

    /// <summary>A decay as names and sentences have it.</summary>
    internal static string Shown(double decay) => string.Create(CultureInfo.InvariantCulture, $"{decay:0.######e0}");
}
