using OVPipeline.Checkpoints;

namespace OVPipeline.Studies;

/// <summary>A part of a study that one process does by itself: a measure's unit on a model at a revision.</summary>
public sealed class StudyUnit
{
    private readonly MeasureUnit _unit;

    internal StudyUnit(int number, Study study, StudyModel model, string revision, IStudyMeasure measure, MeasureUnit unit)
    {
        Number = number;
        Model = model;
        Revision = revision;
        Measure = measure;
        Study = study.Name;
        _unit = unit;
        Key = $"study {study.Name}, seed {study.Seed}, model {model.At(revision)}, processing {model.Processing}, "
            + $"measure {measure.Name}: {measure.Key}, unit {unit.Name}";
    }

    /// <summary>Its place in the plan, from 0.</summary>
    public int Number { get; }

    /// <summary>The model.</summary>
    public StudyModel Model { get; }

    /// <summary>The revision; empty for the model itself.</summary>
    public string Revision { get; }

    /// <summary>The measure's name.</summary>
    public string MeasureName => Measure.Name;

    /// <summary>What it is of, such as <c>L0H0-L0H3</c> or <c>rank 8 seed 2</c>.</summary>
    public string Name => _unit.Name;

    /// <summary>What it is estimated to take, the model's loading left out.</summary>
    public UnitWork Work => _unit.Work;

    /// <summary>All that its figures depend on and the study says: not the model's weights, the text and the version.</summary>
    internal string Key { get; }

    internal string Study { get; }

    internal IStudyMeasure Measure { get; }

    /// <summary>How far the training had come at the revision, in what its name counts; null where it says nothing.</summary>
    internal double? Position => Revision.Length > 0 ? CheckpointSeries.PositionOf(Revision) : null;

    /// <summary>The model at the revision, as a name in files.</summary>
    internal string ModelKey => Model.At(Revision);

    /// <summary>A file or folder, or a hub's id, that its figures depend on beside the model and the text; null for none.</summary>
    internal string? Reads => Measure.Reads(Model);

    /// <summary>Finds its figures.</summary>
    internal IReadOnlyList<StudyFigure> Run(UnitContext context) => _unit.Measure(context);

    /// <inheritdoc/>
    public override string ToString() => $"{MeasureName} {Name} of {Model.At(Revision)}";
}
