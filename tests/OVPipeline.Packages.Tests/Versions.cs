using System.Xml.Linq;
using OVPipeline.Tests.Common;

namespace OVPipeline.Packages.Tests;

/// <summary>The versions of Directory.Packages.props.</summary>
internal static class Versions
{
    /// <summary>By the package's name.</summary>
    public static IReadOnlyDictionary<string, string> Central { get; } =
        XDocument.Load(Path.Combine(SharedFiles.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(version => (string)version.Attribute("Include")!, version => (string)version.Attribute("Version")!);
}
