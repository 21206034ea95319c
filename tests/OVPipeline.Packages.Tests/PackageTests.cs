using System.Buffers.Binary;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Packages.Tests;

/// <summary>What is in the packages, and what they ask for.</summary>
public sealed class PackageTests(PackedPackages packages)
{
    // What a package has beside its assembly.
    private static readonly Dictionary<string, string[]> s_more = new()
    {
        ["OVPipeline.Torch"] = ["buildTransitive/LoadOnDemand.cs", "buildTransitive/OVPipeline.Torch.targets"],
    };

    public static TheoryData<string> Names =>
        [.. Directory.GetDirectories(Source).Select(folder => Path.GetFileName(folder)).Where(name => File.Exists(ProjectOf(name)))];

    private static string Source => Path.Combine(SharedFiles.Root, "src");

    [Fact]
    public void Packages_OfEveryProject_HaveOneVersion()
    {
        Assert.Equal(Names.Select(name => name.Data).Order(StringComparer.Ordinal),
            packages.All.Select(package => package.Id).Order(StringComparer.Ordinal));
        Assert.Single(packages.All.Select(package => package.Version).Distinct());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dependencies_OfAPackage_AreWhatItsProjectRefersToAndNothingElse(string name)
    {
        var project = XDocument.Load(ProjectOf(name));
        var meant = project.Descendants("PackageReference")
            .Where(reference => (string?)reference.Attribute("PrivateAssets") != "all")
            .Select(reference => (string)reference.Attribute("Include")!)
            .Select(id => (Id: id, Version: Versions.Central[id]))
            .Concat(project.Descendants("ProjectReference")
                .Select(reference => (Id: Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!), packages.Version)));
        var asked = Named(name).Dependencies.Select(one => (one.Id, one.Version.Replace(" ", "", StringComparison.Ordinal)));
        Assert.Equal(meant.Order(), asked.Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Description_OfAPackage_HasWhatPeopleLookFor(string name)
    {
        var package = Named(name);
        Assert.Equal(("MIT", "README.md", "icon.png"), (package["license"], package["readme"], package["icon"]));
        Assert.NotEqual("Package Description", package["description"]);
        Assert.Contains("interpretability", package["tags"]!, StringComparison.Ordinal);
        Assert.Contains("OVPipeline contributors", package["copyright"]!, StringComparison.Ordinal);
        Assert.Equal("git", package.Repository("type"));
        Assert.Matches("^[0-9a-f]{40}$", package.Repository("commit")!);
        // An address that others can open, or none.
        Assert.True(package.Repository("url") is null or ['h', 't', 't', 'p', 's', ':', ..], package.Repository("url"));
        Assert.Equal(package.Repository("url"), package["projectUrl"]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Files_OfAPackage_AreItsAssemblyItsCommentsAndWhatItIsDescribedBy(string name)
    {
        var package = Named(name);
        string library = $"lib/net10.0/{name}";
        var files = package.Files.Keys.Where(file => !file.StartsWith("_rels/", StringComparison.Ordinal)
            && !file.StartsWith("package/", StringComparison.Ordinal) && file != "[Content_Types].xml" && file != $"{name}.nuspec");
        string[] meant = ["README.md", "icon.png", $"{library}.dll", $"{library}.xml", .. s_more.GetValueOrDefault(name, [])];
        Assert.Equal(meant.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
        byte[] icon = package.Files["icon.png"];
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], icon[..4]);
        Assert.Equal(256, BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16))); // its width
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Symbols_OfAPackage_AreThoseOfItsAssembly(string name)
    {
        var package = Named(name);
        using var assembly = new PEReader(new MemoryStream(package.Files[$"lib/net10.0/{name}.dll"]));
        var debugging = assembly.ReadDebugDirectory();
        var expected = assembly.ReadCodeViewDebugDirectoryData(debugging.Single(entry => entry.Type == DebugDirectoryEntryType.CodeView));
        byte[] pdb = package.Symbols();
        Assert.Equal(expected.Guid, PackedPackage.Identity(pdb));
        Assert.Contains(debugging, entry => entry.Type == DebugDirectoryEntryType.Reproducible); // deterministic
        Assert.NotEmpty(PackedPackage.Debugging(pdb).Sources);
    }

    private PackedPackage Named(string name) => packages.All.Single(package => package.Id == name);

    private static string ProjectOf(string name) => Path.Combine(Source, name, $"{name}.csproj");
}
