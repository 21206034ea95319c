using System.Buffers.Binary;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Where the entries of a zip archive lie, so that stored ones can be read in place (the framework's reader gives streams only). Zip64 is
/// read; every offset and length is checked against the file. Format: PKWARE APPNOTE.TXT 6.3.10.
/// <code>
/// | local header, name, extra, data | ... | central header, name, extra, comment | ... | (end64, locator64) | end, comment |
///   ^ offset                              ^ start of the directory                       ^ offset
/// </code>
/// It is read from behind: end, which says where the directory is, or its locator of end64, which says it in 64 bits; the directory's
/// headers, which say where the local ones are; and of these the lengths of name and extra field, after which the data begin.
/// </summary>
internal static class ZipDirectory
{
    // Signatures, "PK" and two more bytes, and lengths without names, extra fields and comments: sections 4.3.7, 4.3.12 and 4.3.14 to 16.
    private const uint LocalHeader = 0x04034B50, CentralHeader = 0x02014B50, End = 0x06054B50, End64 = 0x06064B50, Locator64 = 0x07064B50;
    private const int EndLength = 22, LocatorLength = 20, End64Length = 56, CentralLength = 46, LocalLength = 30;

    // About 100 bytes an entry, and an entry for each tensor: room for 600,000.
    private const int LongestDirectory = 64 << 20;

    /// <exception cref="CheckpointException">The file is no sound zip archive.</exception>
    public static Dictionary<string, ZipEntry> Read(ReadOnlyFile file)
    {
        var (count, start, length) = FindDirectory(file);
        bool lies = start >= 0 && length >= 0 && start <= file.Length - length;
        if (!lies || length > LongestDirectory || count < 0 || count > length / CentralLength)
        {
            throw Bad(file, $"the archive's directory of {count} entries, {length} bytes from {start}, "
                + $"does not lie in the file's {file.Length} bytes.");
        }
        var entries = ReadEntries(file, file.Read(start, (int)length), count, start);
        long end = 0;
        foreach (var entry in entries.Values.OrderBy(e => e.Offset).ThenBy(e => e.Length))
        {
            if (entry.Offset < end)
                throw new CheckpointException(file.Path, entry.Name, "overlaps another entry of the archive.");
            end = entry.Offset + entry.Length;
        }
        return entries;
    }

    private static Dictionary<string, ZipEntry> ReadEntries(
        ReadOnlyFile file, ReadOnlySpan<byte> directory, long count, long directoryStart)
    {
        Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            if (directory.Length - at < CentralLength || U32(directory, at) != CentralHeader)
                throw Bad(file, $"entry {i} of the archive's directory is malformed.");
            int nameLength = U16(directory, at + 28);
            int extraLength = U16(directory, at + 30);
            int commentLength = U16(directory, at + 32);
            if (directory.Length - at - CentralLength < nameLength + extraLength + commentLength)
                throw Bad(file, $"entry {i} of the archive's directory is cut off.");
            var nameBytes = directory.Slice(at + CentralLength, nameLength);
            string name = Encoding.UTF8.GetString(nameBytes);
            long compressed = U32(directory, at + 20);
            long length = U32(directory, at + 24);
            long header = U32(directory, at + 42);
            if (!ReadZip64(directory.Slice(at + CentralLength + nameLength, extraLength), ref length, ref compressed, ref header))
                throw new CheckpointException(file.Path, name, "has a 64-bit size or offset that is missing or impossible.");
            int flags = U16(directory, at + 8);
            int method = U16(directory, at + 10);
            if ((flags & 1) != 0)
                throw new CheckpointException(file.Path, name, "is encrypted.");
            if (method == ZipEntry.Stored && compressed != length)
                throw new CheckpointException(file.Path, name, $"is stored, but its sizes differ: {compressed} and {length} bytes.");
            long offset = DataOffset(file, name, nameBytes, header, directoryStart);
            if (compressed > directoryStart - offset)
                throw new CheckpointException(file.Path, name,
                    $"{compressed} bytes from {offset} run into the archive's directory at {directoryStart}.");
            if (!entries.TryAdd(name, new(name, method, offset, compressed)))
                throw new CheckpointException(file.Path, name, "occurs twice in the archive.");
            at += CentralLength + nameLength + extraLength + commentLength;
        }
        return entries;
    }

    private static long DataOffset(ReadOnlyFile file, string name, ReadOnlySpan<byte> nameBytes, long header, long directoryStart)
    {
        if (header > directoryStart - LocalLength - nameBytes.Length)
            throw new CheckpointException(file.Path, name,
                $"its header at {header} does not lie before the archive's directory at {directoryStart}.");
        byte[] local = file.Read(header, LocalLength + nameBytes.Length);
        if (U32(local, 0) != LocalHeader || U16(local, 26) != nameBytes.Length || !nameBytes.SequenceEqual(local.AsSpan(LocalLength)))
            throw new CheckpointException(file.Path, name,
                $"its header at {header} is not the one that the archive's directory announces.");
        long offset = header + LocalLength + nameBytes.Length + U16(local, 28);
        return offset <= directoryStart ? offset : throw new CheckpointException(file.Path, name, "begins beyond the archive's directory.");
    }

    /// <summary>Replaces sizes and offset that do not fit 32 bits; false where the extra field lacks one or it passes 63 bits.</summary>
    /// <remarks>
    /// Extra fields are of a 2-byte id, a 2-byte size and so many bytes. That of id 1 holds, of length, compressed length and offset in
    /// this order, those that are all ones in the header, 8 bytes each (section 4.5.3).
    /// </remarks>
    private static bool ReadZip64(ReadOnlySpan<byte> extra, ref long length, ref long compressed, ref long header)
    {
        bool needed = length == uint.MaxValue || compressed == uint.MaxValue || header == uint.MaxValue;
        while (needed && extra.Length >= 4)
        {
            int size = U16(extra, 2);
            if (size > extra.Length - 4)
                return false;
            if (U16(extra, 0) == 1)
            {
                var fields = extra.Slice(4, size);
                return Take(ref fields, ref length) && Take(ref fields, ref compressed) && Take(ref fields, ref header);
            }
            extra = extra[(4 + size)..];
        }
        return !needed;

        static bool Take(ref ReadOnlySpan<byte> fields, ref long value)
        {
            if (value != uint.MaxValue)
                return true;
            if (fields.Length < 8)
                return false;
            value = BinaryPrimitives.ReadInt64LittleEndian(fields);
            fields = fields[8..];
            return value >= 0;
        }
    }

    private static (long Count, long Start, long Length) FindDirectory(ReadOnlyFile file)
    {
        int tailLength = (int)Math.Min(file.Length, EndLength + ushort.MaxValue);
        long tailStart = file.Length - tailLength;
        byte[] tail = file.Read(tailStart, tailLength);
        // The last place of the signature whose comment ends where the file does.
        int at = tailLength - EndLength;
        while (at >= 0 && !(U32(tail, at) == End && U16(tail, at + 20) == tailLength - at - EndLength))
            at--;
        if (at < 0)
            throw Bad(file, "is no zip archive, or is cut off: it has no end-of-directory record.");
        long count = U16(tail, at + 10);
        long length = U32(tail, at + 12);
        long start = U32(tail, at + 16);
        long locatorStart = tailStart + at - LocatorLength;
        if ((count != ushort.MaxValue && length != uint.MaxValue && start != uint.MaxValue) || locatorStart < 0)
            return (count, start, length);
        byte[] locator = file.Read(locatorStart, LocatorLength);
        if (U32(locator, 0) != Locator64)
            return (count, start, length);
        long recordStart = I64(locator, 8);
        if (recordStart < 0 || recordStart > locatorStart - End64Length)
            throw Bad(file, $"its 64-bit end-of-directory record at {recordStart} does not lie before its locator at {locatorStart}.");
        byte[] record = file.Read(recordStart, End64Length);
        return U32(record, 0) == End64
            ? (I64(record, 32), I64(record, 48), I64(record, 40))
            : throw Bad(file, $"its 64-bit end-of-directory record is not at {recordStart}.");
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static CheckpointException Bad(ReadOnlyFile file, string reason) => new(file.Path, null, reason);
}

/// <summary>A file in a zip archive. Its bytes, compressed or <see cref="Stored"/>, are known to lie in the archive.</summary>
internal sealed record ZipEntry(string Name, int Method, long Offset, long Length)
{
    /// <summary>The method of entries that are not compressed.</summary>
    public const int Stored = 0;
}
