using System.Text.Json.Serialization;
using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>How the heads of trained models copy, by the rank of their values in training.</summary>
public sealed record ValueRankResult : ExperimentResult
{
    private const int FewestSeeds = 3;

    /// <summary>The trained models: those of the shape of the laboratory's model, where there are any, else all.</summary>
    public required IReadOnlyList<ValueRankRow> Runs { get; init; }

    /// <summary>Of which other models they are, in words; null where they are of the shape of the laboratory's model.</summary>
    public string? OfOthers { get; init; }

    /// <summary>The models of each value rank, ascending.</summary>
    [JsonIgnore]
    public IReadOnlyList<ValueRankGroup> Ranks =>
    [
        .. from run in Runs
           group run by run.ValueRank into rank
           orderby rank.Key
           select new ValueRankGroup(rank.Key, [.. rank.OrderBy(run => run.Seed)]),
    ];

    /// <summary>Those of which every model has a head that copies: how copying is split shows where it has formed.</summary>
    [JsonIgnore]
    public IReadOnlyList<ValueRankGroup> CopyingRanks => [.. Ranks.Where(rank => rank.Copies)];

    /// <summary>Why nothing is said of how copying follows the rank; null where something is.</summary>
    [JsonIgnore]
    public string? NotInformative
    {
        get
        {
            if (OfOthers is not null)
                return "these are not of this model's shape, so that nothing is said of it";
            int seeds = Differences(run => run.CopyingHeads).Count;
            bool alike = Runs.Select(run => run.Tokens).Distinct().Count() == 1;
            if (CopyingRanks.Count >= 2 && seeds >= FewestSeeds && alike)
                return null;
            return $"it takes at least {FewestSeeds} seeds at two ranks or more, a head that copies in every run, and all trained for as "
                + $"long; there are {string.Join(", ", Ranks)}";
        }
    }

    /// <summary>
    /// A figure at the smallest of <see cref="CopyingRanks"/> less that at the largest, for each seed that both have; none where there are
    /// fewer than two.
    /// </summary>
    /// <param name="figure">The figure of a model.</param>
    public IReadOnlyList<double> Differences(Func<ValueRankRow, double> figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        var ranks = CopyingRanks;
        if (ranks.Count < 2)
            return [];
        return
        [
            .. from low in ranks[0].Runs
               join high in ranks[^1].Runs on low.Seed equals high.Seed
               select figure(low) - figure(high),
        ];
    }

    /// <summary>
    /// The mean of <see cref="Differences"/> over seeds, with its 95 % interval where there are several; NaN where there are none.
    /// </summary>
    /// <param name="figure">The figure of a model.</param>
    public ConfidenceInterval Change(Func<ValueRankRow, double> figure) =>
        Differences(figure) is { Count: > 0 } differences ? ShownIntervals.OfMean(differences) : ShownIntervals.None();

    /// <inheritdoc/>
    public override ReportSection ToSection() => ValueRankReport.Of(this);

    /// <summary>
    /// The results that a report on a model shows: those of models of its shape, where there are any; else all, as those of others, and
    /// nothing is drawn from them.
    /// </summary>
    internal static ValueRankResult Of(IReadOnlyList<ValueRankRow> rows, TransformerConfig config)
    {
        ValueRankRow[] own = [.. rows.Where(row => row.Shape?.Is(config) == true)];
        if (own.Length > 0)
            return new() { Runs = own };
        static string Words(ValueRankShape? shape) =>
            shape is null ? "models whose shape is not recorded" : $"attention-only models of {shape}";
        return new() { Runs = rows, OfOthers = string.Join("; ", rows.Select(row => Words(row.Shape)).Distinct()) };
    }
}

/// <summary>The models that were trained with one value rank.</summary>
/// <param name="ValueRank">Width of their heads' values.</param>
/// <param name="Runs">A model for each training seed, by seed; one or more.</param>
public sealed record ValueRankGroup(int ValueRank, IReadOnlyList<ValueRankRow> Runs)
{
    /// <summary>Whether every model has a head that copies.</summary>
    public bool Copies => Runs.All(run => run.CopyingHeads > 0);

    /// <summary>The mean of a figure over seeds, with its 95 % interval where there are several.</summary>
    /// <param name="figure">The figure of a model.</param>
    public ConfidenceInterval Mean(Func<ValueRankRow, double> figure) => ShownIntervals.OfMean([.. Runs.Select(figure)]);

    /// <summary>How many models, in words.</summary>
    public override string ToString()
    {
        int idle = Runs.Count(run => run.CopyingHeads == 0);
        return $"{Runs.Count} at rank {ValueRank}{(idle > 0 ? $" ({idle} of them without a head that copies)" : "")}";
    }
}
