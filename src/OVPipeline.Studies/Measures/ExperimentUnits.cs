using System.Text.Json.Nodes;
using OVPipeline.Core;
using OVPipeline.Experiments;

namespace OVPipeline.Studies;

/// <summary>
/// One of the claim's experiments on a model, with options of its own, a model a unit: a row of figures for each cell that is a number.
/// </summary>
internal sealed class ExperimentUnits : IStudyMeasure
{
    private const string Dynamics = "dynamics", ValueRank = "value-rank", Steps = "max-fit-steps";

    private readonly bool _quick;
    private readonly string? _checkpoints, _results;
    private readonly IReadOnlyDictionary<string, JsonNode> _options;

    public ExperimentUnits(StudyFields fields, string experiment)
    {
        Experiment = experiment;
        Name = fields.Text("name") ?? experiment;
        _quick = fields.Flag("quick");
        _checkpoints = experiment == Dynamics ? fields.Path("checkpoints") : null;
        _results = experiment == ValueRank ? fields.Path("results") : null;
        var kind = ClaimExperiments.Kinds().Single(one => one.Info.Name == experiment);
        _options = fields.Json(kind.OptionNames);
        foreach (var (name, value) in _options)
        {
            try
            {
                kind.Create(_quick, options: new Dictionary<string, JsonNode> { [name] = value });
            }
            catch (FormatException e)
            {
                throw fields.Mistake(name, e.Message);
            }
            catch (ArgumentException e)
            {
                throw fields.Mistake(name, $"{name} of {experiment} cannot be {value.ToJsonString()}: {e.Message}");
            }
        }
    }

    public string Name { get; }

    /// <summary>The experiment's name.</summary>
    public string Experiment { get; }

    public string Key => $"experiment 2 {Experiment}, quick {_quick}"
        + string.Concat(_options.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $", {one.Key} {one.Value.ToJsonString()}"));

    public bool ReadsText => true;

    /// <summary>The experiments by name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ClaimExperiments.Kinds().Select(one => one.Info.Name)];

    /// <summary>Checkpoints or results, as the study says, or checkpoints beside the model.</summary>
    public string? Reads(StudyModel model)
    {
        if (Experiment != Dynamics || _checkpoints is not null)
            return _checkpoints ?? _results;
        string beside = Path.Combine(model.Source, "checkpoints");
        return Directory.Exists(beside) ? beside : null;
    }

    public IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs)
    {
        int? steps = _options.TryGetValue(Steps, out var said) && int.TryParse(said.ToString(), out int most) ? most : null;
        var work = ExperimentCosts.Of(Experiment, _quick, steps, sizes);
        yield return new("model", new(costs.Of(Name, work.CoreSeconds), work.Bytes), Measure);
    }

    /// <summary>What became of it on a model, where a unit left it.</summary>
    public ExperimentOutcome Kept(UnitContext context) => Outcome(context, []);

    private ExperimentOutcome Outcome(UnitContext context, string[]? only = null)
    {
        var kinds = ClaimExperiments.Kinds(Reads(context.Of), _results, loading: context.Of.Options);
        var experiment = kinds.Single(one => one.Info.Name == Experiment).Create(_quick, context.Seed, _options);
        return new ExperimentRunner([experiment], only).Run(Laboratory(context), cancellationToken: context.CancellationToken)[0];
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
