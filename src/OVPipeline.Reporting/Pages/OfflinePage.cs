using System.Globalization;
using System.Net;
using System.Text;

namespace OVPipeline.Reporting;

/// <summary>A page that a program of ours draws in the browser, as one file: libraries, styles, data and program are inside.</summary>
internal sealed class OfflinePage(string title, string program)
{
    private static readonly (string Name, string Path)[] s_modules =
    [
        ("preact", "Vendor/preact/preact.mjs"), ("preact/hooks", "Vendor/preact/hooks.mjs"), ("htm", "Vendor/htm/htm.mjs"),
        ("page", "Pages/page.js"),
    ];

    private static readonly string[] s_libraries = ["preact", "htm"];

    private readonly StringBuilder _data = new();

    /// <summary>Adds JSON that the program finds by its id. It holds no <c>&lt;</c>: see <see cref="PageText"/>.</summary>
    public void AddJson(string id, string json) => Add(id, "application/json", json);

    /// <summary>Adds bytes that the program finds by their id.</summary>
    public void AddBytes(string id, ReadOnlySpan<byte> bytes) => Add(id, "application/octet-stream;base64", Convert.ToBase64String(bytes));

    /// <summary>The page.</summary>
    public string Write()
    {
        string modules = string.Join(",\n", s_modules.Select(module =>
            $"\"{module.Name}\": \"data:text/javascript;base64,{Base64(PageResource.Read(module.Path))}\""));
        string importMap = $"{{\"imports\": {{\n{modules}\n}}}}";
        string licences = string.Join("\n", s_libraries.Select(library =>
            $"{library}:\n{PageResource.Read($"Vendor/{library}/LICENSE")}"));
        var page = new StringBuilder();
        // The policy keeps even a mistake of ours from asking the network for anything.
        page.Append(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy"
              content="default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:">
            <title>{{WebUtility.HtmlEncode(title)}}</title>
            <link rel="icon" href="data:,">
            <!-- Made by OVPipeline. Libraries in this page and their licences:
            {{licences}}
            -->
            <style>
            {{PageResource.Style("page", program)}}
            </style>
            <script type="importmap">{{importMap}}</script>
            </head>
            <body>
            <div id="page"><noscript><main><h1>{{WebUtility.HtmlEncode(title)}}</h1>
            <p>This page is drawn by a script that it holds; the browser does not run scripts. The CSV files beside it have all of its
            figures.</p></main></noscript></div>

            """);
        page.Append(_data);
        page.Append(CultureInfo.InvariantCulture, $"""
            <script type="module">
            {PageResource.Read($"Pages/{program}.js")}
            </script>
            </body>
            </html>

            """);
        return page.ToString();
    }

    private void Add(string id, string type, string content) =>
        _data.Append(CultureInfo.InvariantCulture, $"<script type=\"{type}\" id=\"{id}\">{content}</script>\n");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
