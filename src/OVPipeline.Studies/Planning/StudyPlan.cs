using OVPipeline.Checkpoints;

namespace OVPipeline.Studies;

/// <summary>
/// A study's units, numbered, with what they are estimated to take. Their order depends on the study's file and the models' sizes alone:
/// models and revisions as the file has them, of each the measures, of each the units.
/// </summary>
public sealed class StudyPlan
{
    private StudyPlan(Study study, UnitCosts costs, IReadOnlyList<StudyUnit> units, IReadOnlyDictionary<string, ModelSizes> sizes)
    {
        Study = study;
        Costs = costs;
        Units = units;
        Sizes = sizes;
    }

    /// <summary>The study.</summary>
    public Study Study { get; }

    /// <summary>The rates that estimates are made with.</summary>
    public UnitCosts Costs { get; }

    /// <summary>The units, in order.</summary>
    public IReadOnlyList<StudyUnit> Units { get; }

    /// <summary>Sizes of the models, by name.</summary>
    public IReadOnlyDictionary<string, ModelSizes> Sizes { get; }

    /// <summary>Core seconds of all units, the models' loading left out.</summary>
    public double CoreSeconds => Units.Sum(unit => unit.Work.CoreSeconds);

    /// <summary>Plans a study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="costs">Rates; null for <see cref="UnitCosts.Default"/>.</param>
    /// <param name="hub">The client that fetches models whose sizes the study does not say; null for one of its own.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="CheckpointException">A file or folder that is to be a model is none.</exception>
    /// <exception cref="StudyException">
    /// There is nothing to do, or a hub's model whose sizes the study does not say cannot be had.
    /// </exception>
    public static StudyPlan Of(Study study, UnitCosts? costs = null, HubClient? hub = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(study);
        costs ??= UnitCosts.Default;
        // Revisions of a model have its sizes; each is held to them when it is run.
        var sizes = study.Models.ToDictionary(model => model.Name, model =>
            model.Sizes ?? SizesOf(study, model, hub, cancellationToken));
        List<StudyUnit> units = [];
        foreach (var model in study.Models)
            foreach (string revision in model.Revisions)
                foreach (var measure in study.Measures)
                    foreach (var unit in measure.Units(sizes[model.Name], costs))
                        units.Add(new(units.Count, study, model, revision, measure, unit));
        return units.Count > 0
            ? new(study, costs, units, sizes)
            : throw new StudyException(study.File, "there is nothing to do: no rank of the measures fits a model.");
    }

    private static ModelSizes SizesOf(Study study, StudyModel model, HubClient? hub, CancellationToken cancellationToken)
    {
        try
        {
            return ModelSizes.Of(model.Load(model.Revisions[0], hub, cancellationToken).Weights.Config);
        }
        catch (CheckpointException e) when (!Path.Exists(model.Source))
        {
            string why = e.Message.TrimEnd('.');
            throw new StudyException(
                study.File, $"{model.Name} has no sizes here and cannot be had ({why}): say its sizes, with which it is planned.", e);
        }
    }

    /// <summary>
    /// The units of a shard: a stretch of the plan, so that a process opens as few models as can be, cut where estimated costs, loading
    /// included, are even. Each unit is in one of n shards.
    /// </summary>
    /// <param name="shard">Which shard.</param>
    public IReadOnlyList<StudyUnit> UnitsOf(StudyShard shard)
    {
        double[] costs = [.. Units.Select(CostWithLoading)];
        double total = costs.Sum(), before = 0;
        List<StudyUnit> own = [];
        for (int i = 0; i < Units.Count; i++)
        {
            // The shard that the middle of the unit lies in.
            int at = Math.Min(shard.Count - 1, (int)((before + (0.5 * costs[i])) / total * shard.Count));
            if (at == shard.Index)
                own.Add(Units[i]);
            before += costs[i];
        }
        return own;
    }

    /// <summary>Core seconds of a shard, with starting and the loading of each of its models.</summary>
    public double CoreSecondsOf(IReadOnlyCollection<StudyUnit> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        return units.Count == 0 ? 0
            : Costs.StartSeconds + units.Sum(unit => unit.Work.CoreSeconds)
                + units.DistinctBy(unit => unit.ModelKey).Sum(unit => Costs.Load(Sizes[unit.Model.Name]));
    }

    /// <summary>Bytes of memory that the largest of some units needs, with its model and the process itself.</summary>
    public double BytesOf(IReadOnlyCollection<StudyUnit> units) =>
        Costs.ProcessBytes + units.Max(unit => Sizes[unit.Model.Name].EmbeddingBytes + unit.Work.Bytes);

    // A model's loading is spread over its units.
    private double CostWithLoading(StudyUnit unit) => unit.Work.CoreSeconds + 1e-9
        + (Costs.Load(Sizes[unit.Model.Name]) / UnitsOfModel(unit));

    private int UnitsOfModel(StudyUnit unit) => (_unitsOfModel ??= Units.CountBy(one => one.ModelKey).ToDictionary())[unit.ModelKey];

    private Dictionary<string, int>? _unitsOfModel;
}
