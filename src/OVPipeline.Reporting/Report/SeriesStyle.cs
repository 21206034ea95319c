using OVPipeline.Core;
using ScottPlot;
using ScottPlot.Hatches;

namespace OVPipeline.Reporting;

/// <summary>
/// How a series is drawn. Colours are Okabe and Ito's, told apart by the colour-blind; every line also has a marker of its own, so that
/// lines are told apart in grey, and bars are hatched. No two series of a chart get the same style: where there are more than styles,
/// there is no chart.
/// </summary>
/// <param name="Colour">Of lines, markers and bars.</param>
/// <param name="Marker">Of a line's points; none for references.</param>
/// <param name="Pattern">Of a line: solid, unless it is a reference or there are more lines than colours.</param>
/// <param name="Hatch">Of bars, in white over the colour; null for none.</param>
internal sealed record SeriesStyle(Color Colour, MarkerShape Marker, LinePattern Pattern, IHatch? Hatch = null)
{
    private static readonly Color[] s_colours =
        [.. new[] { "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000" }.Select(Color.FromHex)];

    private static readonly Color s_reference = Color.FromHex("#7A858E");

    // Neighbours differ much: filled shapes first, then open ones, then those made of strokes.
    private static readonly MarkerShape[] s_markers =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.OpenDiamond,
        MarkerShape.FilledTriangleDown, MarkerShape.Eks, MarkerShape.OpenTriangleDown, MarkerShape.Cross,
        MarkerShape.OpenCircleWithDot, MarkerShape.Asterisk, MarkerShape.OpenCircleWithCross, MarkerShape.HashTag,
    ];

    private static readonly LinePattern[] s_patterns = [LinePattern.Solid, LinePattern.DenselyDashed, LinePattern.Dotted];

    // Lengths of dashes and gaps, in line widths' multiples as ScottPlot counts them.
    private static readonly LinePattern[] s_references =
    [
        LinePattern.Dashed, LinePattern.Dotted, new([12, 4, 2, 4], 0, "dash and dot"), new([18, 10], 0, "long dashes"),
        new([12, 4, 2, 4, 2, 4], 0, "dash and two dots"),
    ];

    // Curves of many points have no markers: their patterns take turns faster than their colours.
    private static readonly LinePattern[] s_curves = [LinePattern.Solid, LinePattern.Dashed, LinePattern.Dotted, LinePattern.DenselyDashed];

    // In the order of the page's own charts (Pages/report.js).
    private static readonly IHatch?[] s_hatches =
    [
        null, new Striped(StripeDirection.DiagonalUp), new Dots(), new Grid(rotate: true), new Striped(StripeDirection.Horizontal),
        new Grid(), new Striped(StripeDirection.DiagonalDown),
    ];

    /// <summary>Lines and references that a chart can tell apart.</summary>
    public static int MostLines => s_markers.Length;

    /// <summary>The same of bars.</summary>
    public static int MostBars => s_colours.Length;

    /// <summary>A style for each line of a chart.</summary>
    /// <exception cref="ArgumentException">There are more lines or references than can be told apart.</exception>
    public static SeriesStyle[] OfLines(IReadOnlyList<ChartSeries> series)
    {
        Require(series, MostLines, s_references.Length);
        int lines = 0, references = 0;
        return [.. series.Select(one => one.Reference
            ? new SeriesStyle(s_reference, MarkerShape.None, s_references[references++])
            : new(s_colours[lines % s_colours.Length], s_markers[lines], s_patterns[lines++ / s_colours.Length]))];
    }

    /// <summary>A style for each curve of a panel, without markers.</summary>
    /// <exception cref="ArgumentException">There are more curves than can be told apart.</exception>
    public static SeriesStyle[] OfCurves(IReadOnlyList<ChartSeries> series)
    {
        Require(series, s_colours.Length * s_curves.Length, 0);
        SeriesStyle Style(int i) => new(s_colours[i % s_colours.Length], MarkerShape.None, s_curves[i % s_curves.Length]);
        return [.. series.Select((_, i) => Style(i))];
    }

    /// <summary>A style for each series of bars: its colour and its hatch.</summary>
    /// <exception cref="ArgumentException">There are more series than colours.</exception>
    public static SeriesStyle[] OfBars(IReadOnlyList<ChartSeries> series)
    {
        Require(series, MostBars, 1);
        int bars = 0;
        return [.. series.Select(one => one.Reference
            ? new SeriesStyle(s_reference, MarkerShape.None, LinePattern.Solid)
            : new(s_colours[bars], MarkerShape.None, LinePattern.Solid, s_hatches[bars++]))];
    }

    private static void Require(IReadOnlyList<ChartSeries> series, int most, int mostReferences)
    {
        int references = series.Count(one => one.Reference), others = series.Count - references;
        if (others > most || references > mostReferences)
        {
            throw new ArgumentException($"A chart tells {most} series and {mostReferences} references apart, here are {others} and "
                + $"{references}: make two charts.", nameof(series));
        }
    }
}
