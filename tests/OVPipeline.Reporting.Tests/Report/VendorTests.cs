using System.Security.Cryptography;
using System.Text;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Reporting.Tests.Report;

public sealed class VendorTests
{
    [Fact]
    public void Plotly_EmbeddedFile_IsThePackagesAsItsPageSays()
    {
        string folder = Path.Combine(SharedFiles.Root, "src", "OVPipeline.Reporting", "Vendor", "plotly");
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(PageResource.Read(PageResource.Plotly))));
        Assert.Contains(digest, File.ReadAllText(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
        Assert.StartsWith("MIT License", File.ReadAllText(Path.Combine(folder, "LICENSE")).TrimStart(), StringComparison.OrdinalIgnoreCase);
    }
}
