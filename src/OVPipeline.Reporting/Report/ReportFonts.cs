using ScottPlot;
using SkiaSharp;

namespace OVPipeline.Reporting;

/// <summary>The font of pictures: the first of some plain ones that this machine has, as its default may have serifs.</summary>
internal static class ReportFonts
{
    private static readonly string[] s_plain =
        ["Segoe UI", "Helvetica Neue", "Noto Sans", "Open Sans", "Liberation Sans", "Arial", "DejaVu Sans"];

    /// <summary>Its name.</summary>
    public static string Sans { get; } = Find();

    private static string Find()
    {
        var here = SKFontManager.Default.FontFamilies.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return s_plain.FirstOrDefault(here.Contains) ?? Fonts.Sans;
    }
}
