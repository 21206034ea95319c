namespace OVPipeline.Studies;

/// <summary>Something that is measured of a model, in units that do not need each other.</summary>
internal interface IStudyMeasure
{
    /// <summary>Its name in files: lower-case letters, digits and hyphens, unique in a study.</summary>
    string Name { get; }

    /// <summary>Its options and the version of its figures, as a text: all that they depend on beside the model, text and seed.</summary>
    string Key { get; }

    /// <summary>Whether the figures depend on the study's text.</summary>
    bool ReadsText { get; }

    /// <summary>A file or folder, or a hub's id, that the figures of a model depend on too; null for none.</summary>
    string? Reads(StudyModel model) => null;

    /// <summary>The units on a model, in order.</summary>
    IEnumerable<MeasureUnit> Units(ModelSizes sizes, UnitCosts costs);
}

/// <summary>A unit of a measure.</summary>
/// <param name="Name">What it is of, such as <c>L0H0-L0H3</c> or <c>rank 8 seed 2</c>.</param>
/// <param name="Work">What it is estimated to take.</param>
/// <param name="Measure">Finds its figures.</param>
internal sealed record MeasureUnit(string Name, UnitWork Work, Func<UnitContext, IReadOnlyList<StudyFigure>> Measure);
