namespace OVPipeline.Samples.Tests;

/// <summary>How bright a colour of a page is and how well it is read, by WCAG 2.2 and CIE 1976.</summary>
internal static class PageColour
{
    /// <summary>Relative luminance, 0 to 1, of red, green and blue to 255.</summary>
    public static double Luminance(IReadOnlyList<int> rgb) =>
        (0.2126 * Linear(rgb[0])) + (0.7152 * Linear(rgb[1])) + (0.0722 * Linear(rgb[2]));

    /// <summary>How bright it looks: L*, 0 to 100.</summary>
    public static double Lightness(IReadOnlyList<int> rgb)
    {
        double luminance = Luminance(rgb);
        return luminance > 216.0 / 24389 ? (116 * Math.Cbrt(luminance)) - 16 : 24389.0 / 27 * luminance;
    }

    /// <summary>Contrast of two colours, 1 to 21.</summary>
    public static double Contrast(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        double first = Luminance(a) + 0.05, second = Luminance(b) + 0.05;
        return Math.Max(first, second) / Math.Min(first, second);
    }

    private static double Linear(int channel) =>
        channel / 255.0 is var c && c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
}
