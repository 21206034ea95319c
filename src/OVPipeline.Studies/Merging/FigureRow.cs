namespace OVPipeline.Studies;

/// <summary>A row of the merged table: a figure, the unit that found it, and whether it is at the model's scale.</summary>
internal readonly record struct FigureRow(StudyUnit Unit, bool AtModelScale, StudyFigure Figure)
{
    /// <summary>Whether the figure is not at the model's scale.</summary>
    public bool IsOffScale => !AtModelScale && Figure is { Unit: "nats" } or { Figure: "norm" or "singular_value" };
}
