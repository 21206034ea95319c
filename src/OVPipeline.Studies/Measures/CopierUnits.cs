using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Experiments;

namespace OVPipeline.Studies;

/// <summary>
/// Trained copiers of several ranks, a rank and a seed a unit: the frontier of what a rank can copy. As controls they are trained to a
/// random permutation of the tokens instead, which is as hard to remember and is no copying.
/// </summary>
internal sealed class CopierUnits : IStudyMeasure
{
    private static readonly int[] s_ranks = [1, 2, 4, 8, 16, 32, 64], s_seeds = [1, 2, 3];
    private readonly bool _permuted;
    private readonly IReadOnlyList<int> _ranks, _seeds;
    private readonly int? _steps;

    public CopierUnits(StudyFields fields, bool permuted)
    {
        _permuted = permuted;
        Name = fields.Text("name") ?? (permuted ? "controls" : "copier");
        _ranks = fields.Numbers("ranks") ?? s_ranks;
        _seeds = fields.Numbers("seeds") ?? s_seeds;
        _steps = fields.NumberOrNone("max-steps");
    }

    public string Name { get; }

    /// <summary>Whether they are controls.</summary>
    public bool IsPermuted => _permuted;

    public string Key => $"{(_permuted ? "permuted copier" : "copier")} 1, steps {_steps?.ToString() ?? "as many as it takes"}";

    public bool ReadsText => false;

    // A circuit of more than d_model is one of d_model.
    public IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs) =>
        from rank in _ranks.Where(rank => rank <= sizes.DModel)
        from seed in _seeds
        let seconds = UnitCosts.Fit(sizes.Vocabulary, rank, _steps) + UnitCosts.FullPass(sizes.Vocabulary, rank)
        let bytes = 12.0 * 4 * sizes.Vocabulary * rank
        select new MeasureUnit($"rank {rank} seed {seed}", new(costs.Of(Name, seconds), bytes),
            context => Measure(context, rank, seed));

    private IReadOnlyList<StudyFigure> Measure(UnitContext context, int rank, int seed)
    {
        var model = context.Model;
        model.Weights.Config.RequireCopying();
        var ml = new MLContext(seed);
        string label = _permuted ? nameof(TokenRow.Target) : nameof(TokenRow.TokenId);
        int[]? target = _permuted ? Permutations.Random(model.Vocabulary.Count, null, seed) : null;
        TokenRow[] rows = [.. TokenRow.Of(model.Vocabulary)];
        for (int id = 0; id < rows.Length && target is not null; id++)
            rows[id].Target = (uint)target[id];
        var data = TokenRow.Load(ml, rows, rows.Length);
        var measure = new CopyingMeasure(ml, model, data);
        var fitted = measure.Fitted(
            new() { Rank = rank, Seed = seed, MaxSteps = _steps }, data, label, cancellationToken: context.CancellationToken);
        var row = measure.Circuit(CircuitKind.Trained, Name, fitted.Circuit, data, label, context.CancellationToken);
        var found = new FigureList();
        var of = new StudyFigure("", 0) { Rank = rank, Seed = seed };
        found.Add(of, row);
        found.Add(of, ("norm", null, fitted.Circuit.Residual.FrobeniusNorm()));
        return found.Figures;
    }
}
