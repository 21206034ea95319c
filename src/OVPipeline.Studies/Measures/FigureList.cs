using OVPipeline.Core;

namespace OVPipeline.Studies;

/// <summary>Collects the figures of a unit: what is not there, or is no number, is left out.</summary>
internal sealed class FigureList
{
    private readonly List<StudyFigure> _figures = [];

    public IReadOnlyList<StudyFigure> Figures => _figures;

    /// <summary>Adds figures that are of one thing.</summary>
    /// <param name="of">What they are of, as a figure whose name and value do not count.</param>
    /// <param name="figures">Name, unit, value.</param>
    public void Add(StudyFigure of, params IEnumerable<(string Name, string? Unit, double? Value)> figures)
    {
        foreach (var (name, unit, value) in figures)
            if (value is { } number && double.IsFinite(number))
                _figures.Add(of with { Figure = name, Unit = unit, Value = number });
    }

    /// <summary>Adds the figures of a circuit that was scored.</summary>
    public void Add(StudyFigure of, CopyingRow row) => Add(of,
        ("top1", "share", row.Top1), ("top5", "share", row.Top5), ("mrr", null, row.Mrr), ("d_prime", null, row.DPrime),
        ("log_loss", "nats", row.LogLoss), ("calibrated_log_loss", "nats", row.LogLossCalibrated),
        ("copying_score", null, row.CopyingScore));
}
