using System.Text.Json;
using System.Text.Json.Serialization;

namespace OVPipeline.Core;

/// <summary>
/// A chart of a report as data: lines over an axis, or groups of bars or dots. It is drawn where a report is written, and can be read
/// without that.
/// </summary>
public sealed record ReportChart : IJsonOnDeserialized
{
    private const int LongestFormat = 32;

    [JsonConstructor]
    private ReportChart(string id, string title, string caption, string xLabel, string yLabel, IReadOnlyList<ChartSeries> series)
    {
        ReportId.Require(id);
        ArgumentException.ThrowIfNullOrEmpty(title);
        ArgumentNullException.ThrowIfNull(series);
        if (series.Count == 0)
            throw new ArgumentException("A chart shows one or more series.", nameof(series));
        if (series.Select(Fault).FirstOrDefault(fault => fault is not null) is { } fault)
            throw new ArgumentException(fault, nameof(series));
        Id = id;
        Title = title;
        Caption = caption;
        XLabel = xLabel;
        YLabel = yLabel;
        Series = series;
    }

    /// <summary>Its name in links and files.</summary>
    public string Id { get; }

    /// <summary>What it shows.</summary>
    public string Title { get; }

    /// <summary>How to read it; what stands below it.</summary>
    public string Caption { get; }

    /// <summary>The horizontal axis, with its unit.</summary>
    public string XLabel { get; }

    /// <summary>The vertical axis, with its unit; empty where bars are drawn.</summary>
    public string YLabel { get; }

    /// <summary>Lines, or a bar of each group; one or more.</summary>
    public IReadOnlyList<ChartSeries> Series { get; }

    /// <summary>Whether groups are rows of dots, one of each series, rather than of bars.</summary>
    [JsonInclude]
    public bool AreDots { get; private init; }

    /// <summary>Names of the groups of bars or dots, from top to bottom; null where lines are drawn.</summary>
    [JsonInclude]
    public IReadOnlyList<string>? Groups { get; private init; }

    /// <summary>Positions to label, on a logarithmic axis of base 2; null for a linear axis with ticks of its own.</summary>
    [JsonInclude]
    public IReadOnlyList<double>? XTicks { get; private init; }

    /// <summary>How values are written at the bars' ends, as <c>0.0</c>; null for none.</summary>
    [JsonInclude]
    public string? Format { get; private init; }

    /// <summary>Lines over a linear or a logarithmic axis, with intervals where a series has them.</summary>
    /// <param name="id">Its name in links and files: lower-case letters, digits and hyphens.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">How to read it.</param>
    /// <param name="xLabel">The horizontal axis, with its unit.</param>
    /// <param name="yLabel">The vertical axis, with its unit.</param>
    /// <param name="series">One or more lines.</param>
    /// <param name="xTicks">Positions to label, on a logarithmic axis of base 2; null for a linear axis with ticks of its own.</param>
    /// <exception cref="ArgumentException">There is no series, or lengths differ.</exception>
    public static ReportChart Lines(string id, string title, string caption, string xLabel, string yLabel,
        IReadOnlyList<ChartSeries> series, IReadOnlyList<double>? xTicks = null) =>
        new(id, title, caption, xLabel, yLabel, series) { XTicks = xTicks };

    /// <summary>Groups of horizontal bars, one bar of each series in a group, with intervals where a series has them.</summary>
    /// <param name="id">Its name in links and files: lower-case letters, digits and hyphens.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">How to read it.</param>
    /// <param name="valueLabel">What the bars' lengths are, with the unit.</param>
    /// <param name="groups">Names of the groups, from top to bottom.</param>
    /// <param name="series">One or more series of a value for each group.</param>
    /// <param name="format">How values are written at the bars' ends, as <c>0.0</c>; null for none.</param>
    /// <exception cref="ArgumentException">There is no series or no group, or lengths differ.</exception>
    public static ReportChart Bars(string id, string title, string caption, string valueLabel, IReadOnlyList<string> groups,
        IReadOnlyList<ChartSeries> series, string? format = "0.0")
    {
        ArgumentNullException.ThrowIfNull(groups);
        var chart = new ReportChart(id, title, caption, valueLabel, "", series) { Groups = groups, Format = format };
        return groups.Count > 0 && series.All(one => one.Y.Count == groups.Count)
            ? chart
            : throw new ArgumentException($"A value for each of {groups.Count} groups is needed.", nameof(series));
    }

    /// <summary>
    /// Rows of dots, one of each series in a row, with intervals where a series has them: for figures whose size says nothing, and where
    /// every single one is to be seen.
    /// </summary>
    /// <param name="id">Its name in links and files: lower-case letters, digits and hyphens.</param>
    /// <param name="title">What it shows.</param>
    /// <param name="caption">How to read it.</param>
    /// <param name="valueLabel">What is on the axis, with the unit.</param>
    /// <param name="groups">Names of the rows, from top to bottom.</param>
    /// <param name="series">One or more series of a value for each row; a reference is drawn as a stroke.</param>
    /// <exception cref="ArgumentException">There is no series or no row, or lengths differ.</exception>
    public static ReportChart Dots(string id, string title, string caption, string valueLabel, IReadOnlyList<string> groups,
        IReadOnlyList<ChartSeries> series) => Bars(id, title, caption, valueLabel, groups, series, format: null) with { AreDots = true };

    /// <summary>What the methods that make charts see to, of one that was read.</summary>
    /// <exception cref="JsonException">It could not be drawn.</exception>
    void IJsonOnDeserialized.OnDeserialized()
    {
        if (Caption is null || XLabel is null || YLabel is null)
            throw new JsonException($"Chart '{Id}' has no caption, or an axis without a label.");
        if (Groups is null ? AreDots : Groups.Count == 0 || Groups.Contains(null!))
            throw new JsonException($"Chart '{Id}' has no groups, or one without a name.");
        if (Series.FirstOrDefault(one => (Groups?.Count ?? one.X.Count) != one.Y.Count) is { } odd)
            throw new JsonException($"Chart '{Id}' has {odd.Y.Count} values for {Groups?.Count ?? odd.X.Count} groups or positions.");
        if (XTicks is { } ticks && !ticks.Concat(Series.SelectMany(one => one.X)).All(x => x > 0 && double.IsFinite(x)))
            throw new JsonException($"Chart '{Id}' has a logarithmic axis, and a position on it that is not above 0.");
        // A letter in front would be one of .NET's own formats, which takes up to a billion digits.
        if (Format is { Length: > 0 } format && (format.Length > LongestFormat || char.IsAsciiLetter(format[0])))
            throw new JsonException($"Chart '{Id}' writes its values in a format that is none like 0.0.");
    }

    private static string? Fault(ChartSeries one)
    {
        if (one is not { Name: not null, X: not null, Y: not null })
            return "A series has no name, no positions or no values.";
        bool positions = one.X.Count == 0 || one.X.Count == one.Y.Count;
        bool ends = (one.Low ?? one.Y).Count == one.Y.Count && (one.High ?? one.Y).Count == one.Y.Count;
        return positions && ends
            ? null
            : $"'{one.Name}' has {one.X.Count} positions for {one.Y.Count} values, or as few ends of intervals.";
    }
}
