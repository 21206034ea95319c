using System.Security.Cryptography;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>
/// Experiment 8: whether the number of copying heads follows the rank of values in training. The models are trained beforehand, by
/// <see cref="ValueRankRuns"/>.
/// </summary>
public sealed class ValueRank : Experiment<ValueRankOptions, ValueRankResult>
{
    internal static ExperimentInfo Description { get; } = new("value-rank", "8. Change the rank in training",
        "If heads are trained with a quarter or half of the value rank, all else the same, do more of them copy? This is the causal "
        + "meaning of rank.");

    /// <summary>The experiment.</summary>
    /// <param name="options">Where the results of training are; without them it cannot be run.</param>
    public ValueRank(ValueRankOptions? options = null)
        : base(options ?? new())
    {
    }

    /// <inheritdoc/>
    public override ExperimentInfo Info => Description;

    /// <inheritdoc/>
    protected override int Version => 6;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The folder's file is no file of results.</exception>
    public override string? Unavailable(Laboratory laboratory)
    {
        string where = Options.Results is { } folder ? $" in {folder}" : "";
        return ValueRankRow.Read(Options.Results).Count > 0 ? null
            : $"there are no results{where}: `TestTheClaim value-rank` trains the models and leaves them there (--value-rank-results)";
    }

    /// <inheritdoc/>
    protected override string? Inputs(Laboratory laboratory) => Options.Results is { } folder && File.Exists(ValueRankRow.FileIn(folder))
        ? $"results {Convert.ToHexString(SHA256.HashData(RegularFile.ReadAllBytes(ValueRankRow.FileIn(folder))))[..16]}"
        : null;

    /// <inheritdoc/>
    protected override ValueRankResult Measure(ExperimentRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return ValueRankResult.Of(ValueRankRow.Read(Options.Results), run.Config);
    }
}
