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
        int pe = I32(0x3C), optional = pe + 24, directories = optional + (U16(optional) == 0x20B ? 112 : 96);
        int root = FileOffset(pe, I32(FileOffset(pe, I32(directories + 14 * 8)) + 8));
        int header = root + 16 + I32(root + 12), streams = U16(header + 2);
        header += 4;
        for (int s = 0; s < streams; s++)
        {
            int name = header + 8, length = Array.IndexOf(_image, (byte)0, name) - name;
            if (Encoding.ASCII.GetString(_image, name, length) == "#~")
                return root + I32(header);
            header = name + length / 4 * 4 + 4;
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
        int strings = (_image[tables + 6] & 1) != 0 ? 4 : 2, guids = (_image[tables + 6] & 2) != 0 ? 4 : 2, blobs = (_image[tables + 6] & 4) != 0 ? 4 : 2;
        ulong present = BitConverter.ToUInt64(_image, tables + 8);
        var rows = new int[64];
        int at = tables + 24;
        for (int t = 0; t < 64; t++)
            if ((present >> t & 1) != 0)
                (rows[t], at) = (I32(at), at + 4);
        if (rows[FieldPtr] + rows[MethodPtr] != 0)
            throw new BadImageFormatException("Indirection tables are not expected in a compiler's output.", Source);
        int Index(int table) => rows[table] < 0x10000 ? 2 : 4;
        int Coded(params int[] of) => of.All(t => rows[t] < 1 << 14) ? 2 : 4;

        at += rows[Module] * (2 + strings + 3 * guids) + rows[TypeRef] * (Coded(Module, ModuleRef, AssemblyRef, TypeRef) + 2 * strings);
        // II.23.1: the low three bits of the flags are the visibility.
        at = Open(at, rows[TypeDef], 4 + 2 * strings + Coded(TypeDef, TypeRef, TypeSpec) + Index(Field) + Index(Method), 0, v => v == 0 ? 1 : v == 5 ? 2 : v == 6 ? 4 : v);
        at = Open(at, rows[Field], 2 + strings + blobs, 0, v => v == 3 ? 6 : v == 2 ? 4 : v);
        Open(at, rows[Method], 8 + strings + blobs + Index(Param), 6, v => v == 3 ? 6 : v == 2 ? 4 : v);
    }

    private int Open(int at, int rows, int size, int flags, Func<int, int> visibility)
    {
        for (; rows > 0; rows--, at += size)
            _image[at + flags] = (byte)(_image[at + flags] & ~7 | visibility(_image[at + flags] & 7));
        return at;
    }
}
