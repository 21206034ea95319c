using OVPipeline.Core;
using OVPipeline.Experiments;

namespace OVPipeline.Studies;

/// <summary>One of the claim's experiments on a model, a model a unit: a row of figures for each cell that is a number.</summary>
internal sealed class ExperimentUnits : IStudyMeasure
{
    private readonly bool _quick;
    private readonly string? _checkpoints, _results;

    public ExperimentUnits(StudyFields fields, string experiment)
    {
        Experiment = experiment;
        Name = fields.Text("name") ?? experiment;
        _quick = fields.Flag("quick");
        _checkpoints = experiment == "dynamics" ? fields.Path("checkpoints") : null;
        _results = experiment == "value-rank" ? fields.Path("results") : null;
    }

    public string Name { get; }

    /// <summary>The experiment's name.</summary>
    public string Experiment { get; }

    public string Key => $"experiment 1 {Experiment}, quick {_quick}";

    public bool ReadsText => true;

    /// <summary>The experiments by name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ClaimExperiments.All().Select(one => one.Info.Name)];

    public IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs)
    {
        // Each begins with every head, and pairs that share their logits; how many fits follow is the experiment's own, and a measured
        // factor corrects it.
        double fits = _quick ? 4 : 20, v = sizes.Vocabulary, r = sizes.DHead;
        double seconds = (sizes.AllHeads * ((2 * UnitCosts.RankPass(v, r)) + UnitCosts.FullPass(v, r)))
            + (fits * UnitCosts.Fit(v, 2 * r, null));
        yield return new("model", new(costs.Of(Name, seconds), sizes.Bytes + (24.0 * 4 * v * r)), Measure);
    }

    /// <summary>What became of it on a model, taken where its unit left it.</summary>
    public ExperimentOutcome Outcome(UnitContext context)
    {
        var all = ClaimExperiments.All(_quick, context.Seed, _checkpoints, _results);
        var runner = new ExperimentRunner([all.Single(one => one.Info.Name == Experiment)]);
        return runner.Run(Laboratory(context), cancellationToken: context.CancellationToken)[0];
    }

    /// <summary>The laboratory that it runs in.</summary>
    public Laboratory Laboratory(UnitContext context) => context.Laboratory(_quick, Name);

    private IReadOnlyList<StudyFigure> Measure(UnitContext context)
    {
        var outcome = Outcome(context);
        return outcome.Result is { } result
            ? [.. result.Tables.SelectMany(Figures)]
            : throw new InvalidOperationException($"{Experiment} cannot be run: {outcome.Skipped}");
    }

    private static IEnumerable<StudyFigure> Figures(ReportTable table)
    {
        for (int place = 0; place < table.Rows.Count; place++)
        {
            var found = new FigureList();
            var cells = table.Columns.Zip(table.Rows[place]).ToArray();
            string[] texts =
            [
                .. cells.Where(cell => cell.Second.Text is not null).Select(cell => $"{cell.First.Key}={cell.First.InFile(cell.Second)}"),
            ];
            found.Add(
                new("", 0)
                {
                    Table = table.Id,
                    Place = place + 1,
                    Row = texts.Length > 0 ? string.Join("; ", texts) : null,
                    Rank = Whole("rank"),
                    Seed = Whole("seed"),
                    Layer = Whole("layer"),
                },
                cells.Select(cell => (cell.First.Key, UnitOf(cell.First), cell.Second.Number)));
            foreach (var figure in found.Figures)
                yield return figure;

            int? Whole(string key) =>
                cells.FirstOrDefault(cell => cell.First.Key == key).Second.Number is { } number ? (int)number : null;
        }
    }

    private static string? UnitOf(ReportColumn column) => column.Kind == ReportColumnKind.Share ? "share" : column.Unit;
}
