using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What is put in the place of one head or of both.</summary>
/// <param name="Place">The heads that are taken out: one or both of a <see cref="PairOnText"/>.</param>
/// <param name="Name">What is put there; of <see cref="PutBackArmName"/>, or one's own.</param>
/// <param name="Rank">Rank of what is put there, all together.</param>
/// <param name="Circuits">Circuits, each under the pattern of a head; made when asked for, as some are fitted.</param>
public sealed record PutBackArm(IReadOnlyList<HeadIndex> Place, string Name, int Rank, Func<IReadOnlyList<PatternCircuit>> Circuits);

/// <summary>Names of what the experiment puts in the place of heads.</summary>
public static class PutBackArmName
{
    /// <summary>The heads' own circuits.</summary>
    public const string Original = "the original";

    /// <summary>A copier of the head's rank, fitted freely.</summary>
    public const string Copier = "trained copier";

    /// <summary>A copier of the head's rank, held to the norm of the head's circuit.</summary>
    public const string Matched = "trained copier at the head's norm";

    /// <summary>The sum of both circuits, truncated to the rank of one, under the pattern of A.</summary>
    public const string Truncated = "the pair truncated to d_head, under A's pattern";

    /// <summary>The sum of both circuits under the pattern of A.</summary>
    public const string Summed = "both circuits under A's pattern";

    /// <summary>The circuit of the other head of the two.</summary>
    public const string Other = "the other head's circuit";

    /// <summary>Random factors, scaled to the norm of the head's circuit.</summary>
    public const string Random = "random pair of the head's norm";

    /// <summary>A pair fitted as the copier is, to map each token to another one.</summary>
    public const string Permuted = "trained permutation copier";
}
