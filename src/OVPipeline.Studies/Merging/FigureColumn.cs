namespace OVPipeline.Studies;

/// <summary>A column of the merged table. A value is a string, an int, a double, or nothing.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Type">The type of its values.</param>
/// <param name="Meaning">What it says.</param>
/// <param name="Value">Its value in a row.</param>
internal sealed record FigureColumn(string Name, Type Type, string Meaning, Func<FigureRow, object?> Value)
{
    /// <summary>The columns, in order.</summary>
    public static IReadOnlyList<FigureColumn> All { get; } =
    [
        Text("study", "the study's name", row => row.Unit.Study),
        Text("model", "the model, as the study calls it", row => row.Unit.Model.Name),
        Text("revision", "the revision or checkpoint; empty for the model itself", row => Some(row.Unit.Revision)),
        Number("position", "how far the training had come at the revision, in what its name counts: tokens or steps",
            row => row.Unit.Position),
        Text("measure", "the measure, as the study calls it", row => row.Unit.MeasureName),
        Text("unit", "the unit of work that found the figure", row => row.Unit.Name),
        Whole("layer", "the layer, 0-based", row => row.Figure.Layer),
        Text("heads", "the head or the sum of heads, as labels such as L1H10", row => row.Figure.Heads),
        Whole("rank", "the rank of a fit or of a circuit", row => row.Figure.Rank),
        Whole("seed", "the seed of a fit", row => row.Figure.Seed),
        Text("table", "of an experiment, the table", row => row.Figure.Table),
        Whole("place", "the place of the row in that table, from 1", row => row.Figure.Place),
        Text("row", "the texts of that row, each with its column's name", row => row.Figure.Row),
        Text("figure", "the figure's name; its unit and meaning are under figures", row => row.Figure.Figure),
        Number("value", "its value", row => row.Figure.Value),
        Text("at_model_scale", "no where the figure is not at the model's scale, since norms stand between the weights; else empty",
            row => row.IsOffScale ? "no" : null),
    ];

    private static FigureColumn Text(string name, string meaning, Func<FigureRow, string?> value) =>
        new(name, typeof(string), meaning, row => value(row));

    private static FigureColumn Whole(string name, string meaning, Func<FigureRow, int?> value) =>
        new(name, typeof(int), meaning, row => value(row));

    private static FigureColumn Number(string name, string meaning, Func<FigureRow, double?> value) =>
        new(name, typeof(double), meaning, row => value(row));

    private static string? Some(string text) => text.Length > 0 ? text : null;
}
