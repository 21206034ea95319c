using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>How many tokens of the vocabulary a circuit copies.</summary>
/// <param name="Name">The heads, such as <c>1.4 + 1.10</c>.</param>
/// <param name="Top1">Share of tokens whose own logit ranks first in their row.</param>
/// <param name="Top5">Share of tokens whose own logit is among the first five.</param>
public sealed record CopyingAccuracy(string Name, double Top1, double Top5)
{
    /// <summary>The heads themselves.</summary>
    public IReadOnlyList<HeadIndex> Heads { get; init; } = [];
}
