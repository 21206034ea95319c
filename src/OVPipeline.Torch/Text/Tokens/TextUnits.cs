using System.IO.Compression;
using System.Text;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Torch;

/// <summary>Cuts text files into what is encoded on its own: paragraphs or lines. Null stands for the end of a document.</summary>
internal static class TextUnits
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The units of a file, with a null after each document.</summary>
    /// <exception cref="CheckpointException">The file is not UTF-8 text.</exception>
    public static IEnumerable<string?> Of(string file, TextSource source)
    {
        using var reader = Open(file);
        var paragraph = new StringBuilder();
        bool inDocument = false;
        int characters = 0;
        while (Next(reader, file) is { } line)
        {
            bool ends = line == TrainingTokenizer.SeparatorPiece;
            bool endsParagraph = ends || source.KeepLineBreaks || string.IsNullOrWhiteSpace(line);
            if (paragraph.Length > 0 && endsParagraph)
            {
                yield return paragraph.ToString();
                paragraph.Clear();
            }
            if (ends)
            {
                if (inDocument)
                    yield return null;
                inDocument = false;
                characters = 0;
            }
            else if (!string.IsNullOrWhiteSpace(line) && (source.LongestDocument is not { } longest || characters < longest))
            {
                paragraph.Append(paragraph.Length > 0 ? " " : "").Append(line);
                characters += line.Length + 1;
                inDocument = true;
            }
        }
        if (paragraph.Length > 0)
            yield return paragraph.ToString();
        if (inDocument)
            yield return null;
    }

    private static StreamReader Open(string file)
    {
        try
        {
            Stream stream = RegularFile.OpenRead(file);
            byte[] head = new byte[FirstLook.HeadLength];
            int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            bool zipped = head is [0x1F, 0x8B, ..];
            if (!zipped)
                RequireText(file, head.AsSpan(0, length), stream.Length);
            stream.Position = 0;
            return new(zipped ? new GZipStream(stream, CompressionMode.Decompress) : stream,
                Utf8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16);
        }
        catch (Exception e) when (FileException.IsSystems(e))
        {
            throw new CheckpointException(file, null, $"cannot be read: {FileException.Reason(file, e)}.", e);
        }
    }

    // A pointer to a text, or an archive of texts, is none. Pages are: people train on them.
    private static void RequireText(string file, ReadOnlySpan<byte> head, long length)
    {
        if (FirstLook.At(head, length) is { Kind: FileKind.Other, Begins: null } look && length > 0)
            throw look.Refuse(file, "text");
    }

    private static string? Next(StreamReader reader, string file)
    {
        try
        {
            string? line = reader.ReadLine();
            bool isText = line is null || !line.Contains('\0', StringComparison.Ordinal);
            return isText ? line : throw new InvalidDataException("it holds a zero byte");
        }
        catch (Exception e) when (e is DecoderFallbackException or InvalidDataException)
        {
            throw new CheckpointException(file, null, $"is not UTF-8 text: {e.Message}", e);
        }
    }
}
