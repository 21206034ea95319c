using Microsoft.ML;
using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>The atlas of heads, some heads of a layer a unit.</summary>
internal sealed class AtlasUnits : IStudyMeasure
{
    private const int Passes = 3, QKPasses = 2; // the circuit's, its negative's, its transpose's; queries to keys and back
    private readonly int _heads, _positions;
    private readonly bool _qk;

    public AtlasUnits(StudyFields fields)
    {
        Name = fields.Text("name") ?? "atlas";
        _heads = fields.Number("heads-per-unit", 1);
        _qk = !fields.Flag("no-qk");
        _positions = fields.Number("pattern-positions", 2048);
    }

    public string Name { get; }

    // How heads are grouped is no part of what a head's figures depend on; which heads there are stands in the unit's name.
    public string Key => $"atlas 1, qk {_qk}, positions {_positions}";

    public bool ReadsText => false;

    public IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs)
    {
        double head = (Passes + (_qk ? QKPasses : 0)) * UnitCosts.FullPass(sizes.Vocabulary, sizes.DHead);
        double bytes = 8.0 * 4 * sizes.Vocabulary * sizes.DHead; // factors of the circuits, transposed and packed
        return from layer in Enumerable.Range(0, sizes.Layers)
               from heads in sizes.HeadsOf(layer).Chunk(_heads)
               let name = heads.Length == 1 ? heads[0].Label : $"{heads[0].Label}-{heads[^1].Label}"
               select new MeasureUnit(name, new(costs.Of(Name, heads.Length * head), bytes), context => Measure(context, heads));
    }

    private IReadOnlyList<StudyFigure> Measure(UnitContext context, HeadIndex[] heads)
    {
        var found = new FigureList();
        var profiles = new MLContext(context.Seed).ComputeHeadProfiles(context.Model, heads, new()
        {
            Tokens = 0,
            QK = _qk,
            Compositions = false,
            Positions = _positions,
            Seed = context.Seed,
            CancellationToken = context.CancellationToken,
        });
        foreach (var one in profiles)
        {
            found.Add(new("", 0) { Heads = one.Head.Label, Layer = one.Head.Layer },
                ("top1", "share", one.Copying?.Top1), ("top5", "share", one.Copying?.Top5),
                ("suppression_top1", "share", one.Suppression?.Top1), ("suppression_top5", "share", one.Suppression?.Top5),
                ("d_prime", null, one.DPrime), ("copying_score", null, one.CopyingScore),
                ("own_rank_by_row", null, one.OwnToken?.MedianByRow), ("own_rank_by_column", null, one.OwnToken?.MedianByColumn),
                ("own_in_lowest_10", "share", one.OwnToken?.AmongTenLowest), ("name_copy_score", "share", one.NameCopyScore),
                ("participation_ratio", null, one.ParticipationRatio), ("entropy_rank", null, one.EntropyRank),
                ("qk_participation_ratio", null, one.QK?.ParticipationRatio), ("qk_entropy_rank", null, one.QK?.EntropyRank),
                ("query_to_key_top1", "share", one.QK?.QueryToKey.Top1), ("query_to_key_top5", "share", one.QK?.QueryToKey.Top5),
                ("key_to_query_top1", "share", one.QK?.KeyToQuery.Top1), ("key_to_query_top5", "share", one.QK?.KeyToQuery.Top5),
                ("matching_score", null, one.QK?.MatchingScore),
                ("previous_position", "share", one.Positional?.Previous), ("current_position", "share", one.Positional?.Current),
                ("first_position", "share", one.Positional?.First));
        }
        return found.Figures;
    }
}
