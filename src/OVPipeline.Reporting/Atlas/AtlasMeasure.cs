using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>How a figure of heads is explained, grouped and coloured. The figures are the columns of the table <c>heads</c>.</summary>
/// <param name="Key">The column's name in files.</param>
/// <param name="Group">The heading it stands under.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Meaning">What it is, a sentence.</param>
/// <param name="Scale">How values become colours.</param>
internal sealed record AtlasMeasure(string Key, string Group, string Title, string Meaning, AtlasScale Scale = AtlasScale.FromZero)
{
    private const string Copying = "Copying and suppression", OV = "The OV circuit's rank", QK = "The QK circuit",
        Positions = "Positions alone";

    /// <summary>All figures, in the order of the page.</summary>
    public static IReadOnlyList<AtlasMeasure> All { get; } =
    [
        new("top1", Copying, "tokens copied", "Tokens whose own logit is the highest of their row of the full OV circuit."),
        new("top5", Copying, "tokens copied, top 5", "Tokens whose own logit is among the five highest of their row."),
        new("suppression_top1", Copying, "tokens suppressed", "Tokens whose own logit is the lowest of their row."),
        new("suppression_top5", Copying, "tokens suppressed, lowest 5", "Tokens whose own logit is among the five lowest of their row."),
        new("d_prime", Copying, "separation d'", "The separation of the own logit from all others that gives the share of tokens copied."),
        new("copying_score", Copying, "eigenvalue copying score",
            "Sum of the circuit's eigenvalues over the sum of their magnitudes: 1 where all are positive, -1 where all are negative.",
            AtlasScale.AroundZero),
        new("own_rank_by_row", Copying, "rank of the own logit, by row",
            "Median rank of a token's own logit in its row, 1 for the highest.",
            AtlasScale.Rank),
        new("own_rank_by_column", Copying, "rank of the own logit, by column",
            "Median rank of a token's own logit in its column, among what all tokens add to it.", AtlasScale.Rank),
        new("own_in_lowest_10", Copying, "own logit among the ten lowest", "Tokens whose own logit is among the ten lowest of their row."),
        new("name_copy_score", Copying, "name copy score",
            "First names of one token whose own logit is among the five highest of their row."),
        new("rank", OV, "rank, at most", "Inner size of the OV circuit: its rank is at most this."),
        new("participation_ratio", OV, "effective rank, participation ratio",
            "Of the squared singular values: how many directions carry the circuit."),
        new("entropy_rank", OV, "effective rank, entropy", "Exponential of the entropy of the squared singular values."),
        new("query_to_key_top1", QK, "tokens matched, query to key", "Query tokens whose highest key is the token itself."),
        new("query_to_key_top5", QK, "tokens matched, query to key, top 5",
            "Query tokens whose five highest keys include the token itself."),
        new("key_to_query_top1", QK, "tokens matched, key to query", "Key tokens whose highest query is the token itself."),
        new("key_to_query_top5", QK, "tokens matched, key to query, top 5",
            "Key tokens whose five highest queries include the token itself."),
        new("matching_score", QK, "eigenvalue matching score",
            "Sum of the QK circuit's eigenvalues over the sum of their magnitudes: 1 where like attends to like.", AtlasScale.AroundZero),
        new("qk_participation_ratio", QK, "effective rank of QK, participation ratio", "Of the QK circuit's squared singular values."),
        new("qk_entropy_rank", QK, "effective rank of QK, entropy",
            "Exponential of the entropy of the QK circuit's squared singular values."),
        new("previous_position", Positions, "attention to the previous position", "Mean attention to the position before, by W_pos alone."),
        new("current_position", Positions, "attention to the own position", "Mean attention to the query's own position, by W_pos alone."),
        new("first_position", Positions, "attention to the first position", "Mean attention to the first position, by W_pos alone."),
        new("positions", Positions, "positions", "How many positions the pattern is over."),
    ];
}

/// <summary>How values become colours.</summary>
internal enum AtlasScale
{
    /// <summary>From zero to the highest of all heads.</summary>
    FromZero,
    /// <summary>From -1 through zero to 1.</summary>
    AroundZero,
    /// <summary>Ranks, on a logarithmic scale: the first is the darkest.</summary>
    Rank,
}
