namespace OVPipeline.Core;

/// <summary>What every head of a model attends to on one text, measured by running the model.</summary>
public sealed record PromptAttention
{
    /// <summary>The model's sizes and kind.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>The ids of the T tokens that the model read.</summary>
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>Their display strings.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>
    /// By head, in the order of <see cref="TransformerConfig.AllHeads"/>: the pattern [T, T], whose row is a query's weights over keys and
    /// sums to 1.
    /// </summary>
    public required IReadOnlyList<Matrix> Patterns { get; init; }
}
