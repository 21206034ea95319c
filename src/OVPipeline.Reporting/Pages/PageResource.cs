using System.Reflection;

namespace OVPipeline.Reporting;

/// <summary>Scripts, styles and licences that pages are made of.</summary>
internal static class PageResource
{
    private static readonly Assembly s_assembly = typeof(PageResource).Assembly;

    /// <summary>A file of this project that is embedded under its own path, such as <c>Vendor/preact/LICENSE</c>.</summary>
    public static string Read(string path)
    {
        using var stream = s_assembly.GetManifestResourceStream(path) ?? throw new InvalidOperationException($"{path} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>What all pages look like, and after it style sheets of <c>Pages</c>, which may change it.</summary>
    public static string Style(params IReadOnlyList<string> sheets) =>
        string.Join('\n', sheets.Prepend("base").Select(sheet => Read($"Pages/{sheet}.css")));
}
