using OVPipeline.Core;

namespace OVPipeline.Reporting;

/// <summary>A panel of a picture: lines over a common horizontal axis.</summary>
/// <param name="YLabel">The vertical axis, with its unit.</param>
/// <param name="Series">One or more lines; values that are not finite are left out.</param>
public sealed record PicturePanel(string YLabel, IReadOnlyList<ChartSeries> Series);
