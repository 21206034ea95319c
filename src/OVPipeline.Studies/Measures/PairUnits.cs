using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Every pair of heads within a layer, a layer a unit, or a head with all after it where layers are wide.</summary>
internal sealed class PairUnits(StudyFields fields) : IStudyMeasure
{
    private readonly bool _byHead = fields.Flag("head-per-unit");

    public string Name { get; } = fields.Text("name") ?? "pairs";

    public string Key => "pairs 1";

    public bool ReadsText => false;

    public IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs)
    {
        double pair = UnitCosts.RankPass(sizes.Vocabulary, 2 * sizes.DHead), bytes = 6.0 * 4 * sizes.Vocabulary * 2 * sizes.DHead;
        var pairs = from layer in Enumerable.Range(0, sizes.Layers)
                    from a in sizes.HeadsOf(layer)
                    from b in sizes.HeadsOf(layer)
                    where a.Head < b.Head
                    select new[] { a, b };
        return from unit in pairs.GroupBy(two => _byHead ? two[0].Label : $"L{two[0].Layer}")
               select new MeasureUnit(unit.Key, new(costs.Of(Name, unit.Count() * pair), bytes), context => Measure(context, unit));
    }

    private static IReadOnlyList<StudyFigure> Measure(UnitContext context, IEnumerable<HeadIndex[]> pairs)
    {
        var weights = context.Model.Weights;
        weights.Config.RequireCopying();
        HeadIndex[][] all = [.. pairs];
        var found = new FigureList();
        foreach (var (pair, ranks) in all.Zip(CpuEngine.Shared.RankSums(CircuitSums.OfHeads(weights, all), context.CancellationToken)))
        {
            double top1 = ranks.Count(rank => rank == 1) / (double)ranks.Length;
            found.Add(new("", 0) { Heads = HeadLabels.Of(pair), Layer = pair[0].Layer },
                ("top1", "share", top1), ("top5", "share", ranks.Count(rank => rank <= 5) / (double)ranks.Length),
                ("mrr", null, ranks.Average(rank => 1.0 / rank)));
        }
        return found.Figures;
    }
}
