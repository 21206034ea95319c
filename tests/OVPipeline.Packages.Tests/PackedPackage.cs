using System.IO.Compression;
using System.Reflection.Metadata;
using System.Text;
using System.Xml.Linq;

namespace OVPipeline.Packages.Tests;

/// <summary>A package and its symbols, as they lie in a folder.</summary>
internal sealed class PackedPackage
{
    // "Source link" among the kinds of custom debug information of portable PDBs.
    private static readonly Guid s_sourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    private readonly XElement _metadata;

    private PackedPackage(string path)
    {
        Path = path;
        using var zip = ZipFile.OpenRead(path);
        Files = zip.Entries.ToDictionary(entry => entry.FullName, Bytes);
        _metadata = XDocument.Load(new MemoryStream(Files.Single(file => file.Key.EndsWith(".nuspec", StringComparison.Ordinal)).Value))
            .Root!.Elements().Single();
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>All that is in it, by its path there.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public string Id => this["id"]!;

    public string Version => this["version"]!;

    /// <summary>What it asks for, with the version or range.</summary>
    public IEnumerable<(string Id, string Version)> Dependencies => _metadata.Descendants()
        .Where(element => element.Name.LocalName == "dependency")
        .Select(element => ((string)element.Attribute("id")!, (string)element.Attribute("version")!));

    /// <summary>An attribute of the repository.</summary>
    public string? Repository(string attribute) => (string?)Element("repository")?.Attribute(attribute);

    /// <summary>A value of its description.</summary>
    public string? this[string name] => Element(name)?.Value;

    public static PackedPackage Read(string path) => new(path);

    /// <summary>The PDB of its assembly, out of the package of symbols beside it.</summary>
    public byte[] Symbols()
    {
        using var zip = ZipFile.OpenRead(System.IO.Path.ChangeExtension(Path, ".snupkg"));
        return Bytes(zip.Entries.Single(entry => entry.Name == $"{Id}.pdb"));
    }

    /// <summary>What an assembly names its PDB by.</summary>
    public static Guid Identity(byte[] pdb)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(pdb));
        return new BlobContentId(provider.GetMetadataReader().DebugMetadataHeader!.Id).Guid;
    }

    /// <summary>The paths of its sources, and the JSON that says where they are to be had; null where there is none.</summary>
    public static (string[] Sources, string? SourceLink) Debugging(byte[] pdb)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(pdb));
        var reader = provider.GetMetadataReader();
        string[] sources = [.. reader.Documents.Select(handle => reader.GetString(reader.GetDocument(handle).Name))];
        var link = reader.CustomDebugInformation.Select(reader.GetCustomDebugInformation)
            .Where(information => reader.GetGuid(information.Kind) == s_sourceLink)
            .Select(information => Encoding.UTF8.GetString(reader.GetBlobBytes(information.Value)))
            .SingleOrDefault();
        return (sources, link);
    }

    private XElement? Element(string name) => _metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name);

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
