// A build task, not part of the assembly: see MlNetInternals.targets. It is compiled against netstandard 2.0, which has no metadata
// reader, so it walks the few tables it needs itself (ECMA-335 partition II).
using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Copies an assembly with every internal member made public and every private protected one made protected.</summary>
public sealed class OpenInternals : Task
{
    // Numbers of the metadata tables that decide where TypeDef, Field and MethodDef rows lie and how long they are (II.22).
    private const int Module = 0, TypeRef = 1, TypeDef = 2, FieldPtr = 3, Field = 4, MethodPtr = 5, Method = 6, Param = 8;
    private const int ModuleRef = 0x1A, TypeSpec = 0x1B, AssemblyRef = 0x23;

    private byte[] _image;

    [Required]
    public string Source { get; set; }

    [Required]
    public string Destination { get; set; }

    public override bool Execute()
    {
        _image = File.ReadAllBytes(Source);
        OpenTables(FindTables());
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        File.WriteAllBytes(Destination, _image);
        return true;
    }

    private int U16(int at) => BitConverter.ToUInt16(_image, at);

    private int I32(int at) => BitConverter.ToInt32(_image, at);

    // PE header, CLI header (II.25), metadata root, then the stream named "#~" (II.24.2).
    private int FindTables()
    {
        int pe = I32(0x3C);
        int optional = pe + 24;
        int directories = optional + (U16(optional) == 0x20B ? 112 : 96); // of a 64-bit image, of a 32-bit one
        int cli = FileOffset(pe, I32(directories + (14 * 8))); // the 15th directory, 8 bytes each, is the CLI header's
        int root = FileOffset(pe, I32(cli + 8));
        int header = root + 16 + I32(root + 12); // past the version's text, whose length stands at 12
        int streams = U16(header + 2);
        header += 4;
        for (int s = 0; s < streams; s++)
        {
            int name = header + 8, length = Array.IndexOf(_image, (byte)0, name) - name;
            if (Encoding.ASCII.GetString(_image, name, length) == "#~")
                return root + I32(header);
            header = name + (length / 4 * 4) + 4; // names end in a zero and fill whole words
        }
        throw new BadImageFormatException("No metadata tables.", Source);
    }

    private int FileOffset(int pe, int address)
    {
        int sections = pe + 24 + U16(pe + 20);
        for (int s = 0; s < U16(pe + 6); s++, sections += 40)
            if (address >= I32(sections + 12) && address < I32(sections + 12) + I32(sections + 8))
                return address - I32(sections + 12) + I32(sections + 20);
        throw new BadImageFormatException("An address lies in no section.", Source);
    }

    // II.24.2.6: sizes of the heap indexes, row counts, then the rows of each table in order.
    private void OpenTables(int tables)
    {
        byte wide = _image[tables + 6];
        int strings = (wide & 1) != 0 ? 4 : 2;
        int guids = (wide & 2) != 0 ? 4 : 2;
        int blobs = (wide & 4) != 0 ? 4 : 2;
        ulong present = BitConverter.ToUInt64(_image, tables + 8);
        var rows = new int[64];
        int at = tables + 24;
        for (int t = 0; t < 64; t++)
        {
            if (((present >> t) & 1) == 0)
                continue;
            rows[t] = I32(at);
            at += 4;
        }
        if (rows[FieldPtr] + rows[MethodPtr] != 0)
            throw new BadImageFormatException("Indirection tables are not expected in a compiler's output.", Source);
        int Index(int table) => rows[table] < 0x10000 ? 2 : 4;
        int Coded(params int[] of) => of.All(t => rows[t] < 1 << 14) ? 2 : 4;

        at += rows[Module] * (2 + strings + (3 * guids));
        at += rows[TypeRef] * (Coded(Module, ModuleRef, AssemblyRef, TypeRef) + (2 * strings));
        int typeDef = 4 + (2 * strings) + Coded(TypeDef, TypeRef, TypeSpec) + Index(Field) + Index(Method);
        at = Open(at, rows[TypeDef], typeDef, 0, OfType);
        at = Open(at, rows[Field], 2 + strings + blobs, 0, OfMember);
        Open(at, rows[Method], 8 + strings + blobs + Index(Param), 6, OfMember);
    }

    // II.23.1.15: not public becomes public; nested, assembly becomes public, and family and assembly becomes family.
    private static int OfType(int visibility)
    {
        switch (visibility)
        {
            case 0: return 1;
            case 5: return 2;
            case 6: return 4;
            default: return visibility;
        }
    }

    // II.23.1.5 and 10: assembly becomes public, family and assembly becomes family.
    private static int OfMember(int visibility)
    {
        switch (visibility)
        {
            case 3: return 6;
            case 2: return 4;
            default: return visibility;
        }
    }

    // The low three bits of a row's flags are its visibility.
    private int Open(int at, int rows, int size, int flags, Func<int, int> visibility)
    {
        for (; rows > 0; rows--, at += size)
            _image[at + flags] = (byte)((_image[at + flags] & ~7) | visibility(_image[at + flags] & 7));
        return at;
    }
}
