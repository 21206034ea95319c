using System.Buffers.Binary;
using System.Text;

namespace OVPipeline.Checkpoints;

/// <summary>
/// Says what a file is by its first bytes, whatever it is called: people have safetensors named <c>.bin</c>, pointers in place of files
/// that were never fetched, pages in place of files that they may not have, and archives that nobody unpacked.
/// </summary>
internal static class FirstLook
{
    /// <summary>How many bytes at most a look needs: a tar archive shows at byte 257, text is judged by all of them.</summary>
    public const int HeadLength = 4096;

    private const ulong LongestSafetensorsHeader = 100_000_000; // as the format has it

    private const string SaveThere = "load it there and save its weights as safetensors";
    private const string NameWeights = "name a model's weights", ToGguf = "convert it to GGUF with llama.cpp";
    private const string InPlace = "sends in place of a file that is not there or that one may not have", FetchIt = "fetch the file itself";
    private const string Unpack = "unpack it, and name the file inside";

    // Of what nothing here reads: where the bytes lie, what they are, and what can be done.
    private static readonly (int Offset, byte[] Bytes, string Is, string Remedy)[] s_others =
    [
        Text(0, "version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the file itself", "run git lfs pull in its folder"),
        Text(0, "/annex/objects/", "a git-annex pointer, not the file itself", "run git annex get on it"),
        (0, [0x1F, 0x8B], "gzip", "gunzip it, and name the file that comes out"),
        (0, [0xFD, .. "7zXZ\0"u8], "xz", "unxz it, and name the file that comes out"),
        (0, [0x28, 0xB5, 0x2F, 0xFD], "Zstandard", "unzstd it, and name the file that comes out"),
        (0, [.. "BZh"u8], "bzip2", "bunzip2 it, and name the file that comes out"),
        (0, [0x04, 0x22, 0x4D, 0x18], "LZ4", "unlz4 it, and name the file that comes out"),
        (0, [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", Unpack),
        Text(0, "Rar!\x1A\x07", "a RAR archive", Unpack),
        Text(0, "sys_info\0", "PyTorch's format before 0.1.10, a tar archive", "load it there and save it again with torch.save"),
        Text(257, "ustar", "a tar archive", "unpack it (tar xf), and name the folder or file inside"),
        (0, [0x89, .. "HDF\r\n\x1A\n"u8], "HDF5, as Keras writes it", SaveThere),
        (0, [0x93, .. "NUMPY"u8], "a NumPy array without a name", "save a model's arrays with safetensors.numpy.save_file"),
        Text(4, "TFL3", "a TensorFlow Lite model", "save the model it was made from as safetensors"),
        (0, [8, 1, 18], "a TensorFlow SavedModel", SaveThere),
        Text(0, "model_checkpoint_path:", "TensorFlow's list of checkpoints", "load the model there and save its weights as safetensors"),
        Text(0, "lmgg", "GGML, the format before GGUF", ToGguf),
        Text(0, "fmgg", "GGML, the format before GGUF", ToGguf),
        Text(0, "tjgg", "GGML, the format before GGUF", ToGguf),
        Text(0, "PAR1", "a Parquet table", NameWeights),
        Text(0, "SQLite format 3\0", "an SQLite database", NameWeights),
        Text(0, "%PDF-", "a PDF document", NameWeights),
        (0, [0x89, .. "PNG\r\n"u8], "a PNG picture", NameWeights),
        (0, [0xFF, 0xD8, 0xFF], "a JPEG picture", NameWeights),
        (0, [0x7F, .. "ELF"u8], "a program", NameWeights),
        (0, [0xFF, 0xFE], "text in UTF-16", "save it as UTF-8"),
        (0, [0xFE, 0xFF], "text in UTF-16", "save it as UTF-8"),
    ];

    private static ReadOnlySpan<byte> LegacyMagic => [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    private static ReadOnlySpan<byte> TensorFlowTable => [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB];

    /// <summary>Looks at a file.</summary>
    /// <exception cref="CheckpointException">It cannot be read.</exception>
    public static FileLook At(ReadOnlyFile file)
    {
        var look = At(file.Read(0, (int)Math.Min(file.Length, HeadLength)), file.Length);
        if (look.Kind != FileKind.Unknown)
            return look;
        if (ProtobufLook.IsOnnx(file))
            return new(FileKind.Onnx, "an ONNX model");
        return file.Length >= 48 && file.Read(file.Length - 8, 8).AsSpan().SequenceEqual(TensorFlowTable)
            ? new(FileKind.Other, "the index of a TensorFlow checkpoint", SaveThere)
            : look;
    }

    /// <summary>What a file of <paramref name="length"/> bytes is that begins with <paramref name="head"/>.</summary>
    public static FileLook At(ReadOnlySpan<byte> head, long length)
    {
        if (length == 0)
            return new(FileKind.Other, "empty", "fetch or save it again");
        if (IsSafetensors(head))
            return new(FileKind.Safetensors, "a safetensors file");
        if (head.StartsWith("GGUF"u8))
            return new(FileKind.Gguf, "a GGUF file");
        if (head.StartsWith("PK\x03\x04"u8))
            return Zip(head);
        if (head is [0x80, >= 2 and <= 5, ..])
            return head[2..].StartsWith(LegacyMagic)
                ? new(FileKind.PyTorchLegacy, "a file of PyTorch before 1.6")
                : new(FileKind.Pickle, "a Python pickle");
        foreach (var (offset, bytes, what, remedy) in s_others)
            if (head.Length > offset && head[offset..].StartsWith(bytes))
                return new(FileKind.Other, what, remedy);
        if (head.Length > 8 && !head.ContainsAnyExcept((byte)0))
            return new(FileKind.Other, "nothing but zeros where it begins", "it was cut while it was fetched; fetch it again");
        if (IsText(head))
            return OfText(head);
        return IsMessagePack(head)
            ? new(FileKind.Other, "MessagePack, as Flax writes it", SaveThere)
            : new(FileKind.Unknown, "of no kind that is known here");
    }

    private static (int, byte[], string, string) Text(int offset, string bytes, string what, string remedy) =>
        (offset, Encoding.Latin1.GetBytes(bytes), what, remedy);

    // A header's length of at most 100 MB, and the header; or a length that was damaged before what only such headers say.
    private static bool IsSafetensors(ReadOnlySpan<byte> head)
    {
        if (head.Length < 9 || head[8] != (byte)'{')
            return false;
        return BinaryPrimitives.ReadUInt64LittleEndian(head) <= LongestSafetensorsHeader
            || (head.IndexOf("\"dtype\""u8) >= 0 && !IsText(head[..8]));
    }

    // The first entry's name tells archives of other programs from PyTorch's.
    private static FileLook Zip(ReadOnlySpan<byte> head)
    {
        int length = head.Length >= 30 ? BinaryPrimitives.ReadUInt16LittleEndian(head[26..]) : 0;
        var name = head.Length >= 30 + length ? head.Slice(Math.Min(30, head.Length), length) : [];
        if (name.EndsWith(".npy"u8))
            return new(FileKind.Other, "a NumPy archive (.npz)", "save its arrays with safetensors.numpy.save_file");
        if (name.StartsWith("TrainingInfo/"u8) || name.StartsWith("TransformerChain/"u8) || name.StartsWith("DataLoaderModel/"u8))
            return new(FileKind.Other, "a model that ML.NET saved", "ask it with ScoreToken, or load it with ml.Model.Load");
        if (name.SequenceEqual("[Content_Types].xml"u8) || name.StartsWith("META-INF/"u8))
            return new(FileKind.Other, "a document or program in a zip archive", NameWeights);
        return new(FileKind.Zip, name.EndsWith("/data.pkl"u8) ? "a PyTorch archive" : "a zip archive");
    }

    private static FileLook OfText(ReadOnlySpan<byte> head)
    {
        var text = head.StartsWith("\uFEFF"u8) ? head[3..] : head;
        var start = text.TrimStart(" \t\r\n"u8);
        string word = Encoding.ASCII.GetString(start[..Math.Min(start.Length, 15)]).ToUpperInvariant();
        if (Array.Exists(["<!DOCTYPE HTML", "<HTML", "<HEAD", "<BODY"], tag => word.StartsWith(tag, StringComparison.Ordinal)))
        {
            return new FileLook(FileKind.Other, $"an HTML page, such as a hub {InPlace}", $"{FetchIt}, with a token where it needs one")
                .From(text);
        }
        if (word.StartsWith("<?XML", StringComparison.Ordinal))
        {
            return new FileLook(FileKind.Other, $"an XML page, such as a store {InPlace}", FetchIt).From(text);
        }
        return start is [(byte)'{' or (byte)'[', ..]
            ? new FileLook(FileKind.Json, "JSON").From(text)
            : new FileLook(FileKind.Text, "text").From(text);
    }

    // No control characters but those of text, and UTF-8 but for a character that the end of the head may cut.
    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte b in head)
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f' or 0x1B))
                return false;
        while (!head.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(head, out _, out int consumed);
            if (status != System.Buffers.OperationStatus.Done)
                return status == System.Buffers.OperationStatus.NeedMoreData;
            head = head[consumed..];
        }
        return true;
    }

    // A map whose first key is a short text.
    private static bool IsMessagePack(ReadOnlySpan<byte> head)
    {
        int key = head switch
        {
            [>= 0x81 and <= 0x8F, ..] => 1,
            [0xDE, ..] => 3,
            [0xDF, ..] => 5,
            _ => 0,
        };
        if (key == 0 || head.Length <= key || head[key] is not (> 0xA0 and <= 0xBF))
            return false;
        int length = head[key] & 0x1F;
        return head.Length > key + length && IsText(head.Slice(key + 1, length));
    }
}
