using System.Buffers.Binary;
using System.Text;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>
/// The part of a shared library that the dynamic linker matches versions by: dynamic symbols, the versions needed and defined, and
/// which symbols are relocated against. 64-bit little-endian ELF (System V ABI; Drepper, ELF Symbol Versioning).
/// </summary>
internal sealed class ElfImage
{
    private const int SectionHeaderSize = 64, SymbolSize = 24, RelocationSize = 24;
    private const uint Relocations = 4, DynamicSymbols = 11;
    private const uint VersionDefinitions = 0x6ffffffd, VersionNeedSection = 0x6ffffffe, SymbolVersions = 0x6fffffff;
    private const int WeakBinding = 2;
    private const ushort WeakVersion = 2, IndexMask = 0x7fff;

    private readonly byte[] _bytes;
    private readonly List<(uint Type, int Offset, int Size, int Link)> _sections = [];

    private ElfImage(byte[] bytes)
    {
        _bytes = bytes;
        int first = Offset64(0x28), size = U16(0x3a), count = U16(0x3c);
        if (size != SectionHeaderSize || count == 0)
            throw new BadImageFormatException("it has no section headers");
        for (int i = 0; i < count; i++)
        {
            int at = first + (i * SectionHeaderSize);
            _sections.Add((U32(at + 4), Offset64(at + 0x18), Offset64(at + 0x20), (int)U32(at + 0x28)));
        }
        VersionNeeds = [.. ReadVersionNeeds()];
        DefinedVersions = ReadDefinedVersions().ToHashSet();
    }

    /// <summary>The versions that the library asks others for.</summary>
    public IReadOnlyList<VersionNeed> VersionNeeds { get; }

    /// <summary>The versions that the library itself has.</summary>
    public IReadOnlySet<string> DefinedVersions { get; }

    /// <summary>Reads a library.</summary>
    /// <exception cref="BadImageFormatException">It is not 64-bit little-endian ELF, or it is damaged; the message names it.</exception>
    public static ElfImage Read(string path)
    {
        byte[] bytes = RegularFile.ReadAllBytes(path);
        try
        {
            if (bytes.Length < 64 || !bytes.AsSpan(0, 6).SequenceEqual<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
                throw new BadImageFormatException("it is not a 64-bit little-endian ELF file");
            return new(bytes);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or InvalidOperationException)
        {
            throw new BadImageFormatException($"{path} is damaged: a table points outside of the file.", e);
        }
        catch (BadImageFormatException e)
        {
            throw new BadImageFormatException($"{path} cannot be used: {e.Message}.", e);
        }
    }

    /// <summary>Whether code or data refers to a symbol of a version: then the version is truly needed.</summary>
    public bool IsUsed(VersionNeed need)
    {
        var symbols = SymbolsOf(need).ToHashSet();
        return _sections.Where(section => section.Type == Relocations)
            .SelectMany(section => Enumerable.Range(0, section.Size / RelocationSize)
                .Select(i => (int)U32(section.Offset + (i * RelocationSize) + 12)))
            .Any(symbols.Contains);
    }

    /// <summary>
    /// The library's bytes with versions and their symbols made weak: where the system lacks a weak version, the dynamic linker takes the
    /// symbol as zero instead of refusing the library.
    /// </summary>
    public byte[] WithWeak(IEnumerable<VersionNeed> needs)
    {
        byte[] patched = [.. _bytes];
        int symbols = Section(DynamicSymbols).Offset;
        foreach (var need in needs)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(need.FlagsOffset), (ushort)(U16(need.FlagsOffset) | WeakVersion));
            foreach (int symbol in SymbolsOf(need))
            {
                ref byte info = ref patched[symbols + (symbol * SymbolSize) + 4];
                info = (byte)((info & 0xf) | (WeakBinding << 4)); // st_info: the binding above, the type below
            }
        }
        return patched;
    }

    private IEnumerable<int> SymbolsOf(VersionNeed need)
    {
        var versions = Section(SymbolVersions);
        return Enumerable.Range(0, versions.Size / 2).Where(i => (U16(versions.Offset + (2 * i)) & IndexMask) == need.Index);
    }

    private IEnumerable<VersionNeed> ReadVersionNeeds()
    {
        foreach (var section in _sections.Where(section => section.Type == VersionNeedSection))
            foreach (int entry in Chain(section.Offset, 12))
            {
                string library = Text(section.Link, U32(entry + 4));
                foreach (int aux in Chain(checked(entry + (int)U32(entry + 8)), 12))
                    yield return new(library, Text(section.Link, U32(aux + 8)), (ushort)(U16(aux + 6) & IndexMask), aux + 4);
            }
    }

    private IEnumerable<string> ReadDefinedVersions()
    {
        foreach (var section in _sections.Where(section => section.Type == VersionDefinitions))
            foreach (int entry in Chain(section.Offset, 16))
                yield return Text(section.Link, U32(checked(entry + (int)U32(entry + 12))));
    }

    // Entries that each hold the distance to the next one, 0 at the end. Distances are positive, so a chain leaves the file or ends.
    private IEnumerable<int> Chain(int first, int nextField)
    {
        int step, at = first;
        do
        {
            yield return at;
            step = checked((int)U32(at + nextField));
            at = checked(at + step);
        }
        while (step != 0);
    }

    private (uint Type, int Offset, int Size, int Link) Section(uint type) => _sections.First(section => section.Type == type);

    private string Text(int section, uint offset)
    {
        var bytes = _bytes.AsSpan(checked(_sections[section].Offset + (int)offset));
        return Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }

    private ushort U16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(offset));

    private uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(offset));

    private int Offset64(int offset) => checked((int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(offset)));
}
