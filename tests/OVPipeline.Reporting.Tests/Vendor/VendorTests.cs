using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Reporting.Tests.Vendor;

/// <summary>What is vendored is what its table says, and has its licence beside it.</summary>
public sealed partial class VendorTests
{
    [Fact]
    public void Files_OfTheTable_HaveItsDigestsAndALicence()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(Root(), "src", "OVPipeline.Reporting", "Vendor", "README.md")));
        var assembly = typeof(AtlasPage).Assembly;
        string[] embedded = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith("Vendor/", StringComparison.Ordinal))];
        Assert.Equal(embedded.Where(name => !name.EndsWith("/LICENSE", StringComparison.Ordinal)).Order(),
            rows.Select(row => "Vendor/" + row.Groups["file"].Value).Order());
        foreach (Match row in rows)
        {
            string name = "Vendor/" + row.Groups["file"].Value;
            using var stream = assembly.GetManifestResourceStream(name)!;
            Assert.Equal(row.Groups["digest"].Value, Convert.ToHexStringLower(SHA256.HashData(stream)));
            Assert.Contains(name[..(name.LastIndexOf('/') + 1)] + "LICENSE", embedded);
        }
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "OVPipeline.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The repository is not above the tests.");
    }

    [GeneratedRegex(@"^\| (?<file>[^ |]+/[^ |]+) \|.*\| (?<digest>[0-9a-f]{64}) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
