using OVPipeline.Core;

namespace OVPipeline;

/// <summary>Options of the <c>LowRankCopier</c> trainer: its columns, and how it fits.</summary>
public sealed class LowRankCopierOptions
{
    /// <summary>The circuit column that the fitted copier makes. Default <c>Circuit</c>.</summary>
    public string OutputColumnName { get; init; } = "Circuit";

    /// <summary>The key column of source tokens. Default <c>TokenId</c>.</summary>
    public string TokenColumnName { get; init; } = "TokenId";

    /// <summary>
    /// The key column of the outputs to map to. Default <c>TokenId</c>: copying, which a model whose outputs are not its tokens has not.
    /// </summary>
    public string LabelColumnName { get; init; } = "TokenId";

    /// <summary>A Single column that weights the rows, or null for equal weights.</summary>
    public string? ExampleWeightColumnName { get; init; }

    /// <summary>
    /// Rank and optimisation. Where its seed is null, the MLContext's is used, and 1 where that has none: ML.NET's trainers would then
    /// differ from run to run, this one does not.
    /// </summary>
    public required LowRankFitOptions Fit { get; init; }

    /// <summary>Told after every step, beside ML.NET's own progress channel.</summary>
    public IProgress<FitProgress>? Progress { get; init; }

    /// <summary>A cancelled fit keeps the best factors so far.</summary>
    public CancellationToken CancellationToken { get; init; }
}
