using System.IO.Enumeration;
using OVPipeline.Experiments;
using OVPipeline.Torch;

namespace OVPipeline.Studies;

/// <summary>What heads attend to, and the model's loss, on repeated random tokens and on text: a model a unit.</summary>
internal sealed class BehaviourUnits(StudyFields fields) : IStudyMeasure
{
    private readonly int _sequences = fields.Number("sequences", 16), _windows = fields.Number("windows", 64);
    private readonly string? _file = fields.Text("file");

    public string Name { get; } = fields.Text("name") ?? "behaviour";

    public string Key => $"behaviour 1, sequences {_sequences}, windows {_windows}, file {_file ?? "valid*"}";

    public bool ReadsText => true;

    public IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs)
    {
        const double Window = 1024;
        double seconds = UnitCosts.Forward(sizes, Window * (_sequences + _windows));
        yield return new("model", new(costs.Of(Name, seconds), UnitCosts.ForwardBytes(sizes, Window)), Measure);
    }

    private IReadOnlyList<StudyFigure> Measure(UnitContext context)
    {
        var model = context.Model;
        if (Transformer.WhyNoForwardPass(model.Weights) is { } none)
            throw new InvalidOperationException($"{model.Weights.Config.Name} cannot be run: {none.TrimEnd('.')}.");
        string? text = ModelText.FilesOf(context.Text)
            .FirstOrDefault(path => FileSystemName.MatchesSimpleExpression(_file ?? "valid*", Path.GetFileName(path)));
        if (text is null && _file is not null)
            throw new InvalidOperationException($"no text (*.txt, *.txt.gz) of the study is called {_file}: name one that is there.");
        var probe = new BehaviourProbe(model, new()
        {
            Text = text is null ? null : new(text),
            Sequences = _sequences,
            Windows = _windows,
            Seed = context.Seed,
        }, context.CancellationToken);
        using var module = Transformer.FromWeights(model.Weights);
        var behaviour = probe.Measure(module, cancellationToken: context.CancellationToken);
        var found = new FigureList();
        found.Add(new("", 0), ("loss", "nats", behaviour.ValidationLoss));
        foreach (var head in behaviour.Heads)
        {
            found.Add(new("", 0) { Heads = head.Head.Label, Layer = head.Head.Layer },
                ("induction", null, head.InductionScore), ("previous_token", null, head.PreviousTokenScore),
                ("duplicate_token", null, head.DuplicateTokenScore));
        }
        return found.Figures;
    }
}
