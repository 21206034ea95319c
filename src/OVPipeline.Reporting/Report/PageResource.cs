namespace OVPipeline.Reporting;

/// <summary>Scripts that are written into pages: they lie in this assembly.</summary>
internal static class PageResource
{
    /// <summary>Ours, for reports.</summary>
    public const string ReportScript = "report.js";

    /// <summary>plotly.js, which draws charts.</summary>
    public const string Plotly = "plotly-basic.min.js";

    /// <summary>The text of a resource.</summary>
    /// <param name="name">Its name.</param>
    public static string Read(string name)
    {
        using var stream = typeof(PageResource).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"There is no resource {name}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
