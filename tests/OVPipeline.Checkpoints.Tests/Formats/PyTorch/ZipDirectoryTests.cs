using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Archives whose directory is changed by hand: two entries, data.pkl and data/0, in this order.</summary>
public sealed class ZipDirectoryTests : IDisposable
{
    private const int Flags = 8, CompressedSize = 20, Size = 24; // within a header of the directory
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public ZipDirectoryTests() =>
        _path = PickleArchive.Write(_folder.PathOf("a.pth"), PickleArchive.Pickle("K\u0001", "K\u0003\u0085", "K\u0001\u0085"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_EncryptedEntry_IsRefused()
    {
        Change((bytes, headers) => bytes[headers[1] + Flags] |= 1);

        AssertRefused("is encrypted");
    }

    [Fact]
    public void Open_EntryThatReachesIntoTheNext_IsRefused()
    {
        Change((bytes, headers) => Grow(bytes, headers[0], 50));

        AssertRefused("overlaps another entry");
    }

    [Fact]
    public void Open_LastEntryThatReachesIntoTheDirectory_IsRefused()
    {
        Change((bytes, headers) => Grow(bytes, headers[1], 50));

        AssertRefused("run into the archive's directory");
    }

    [Fact]
    public void Open_CommentThatLooksLikeAnEnd_IsReadAsAComment()
    {
        string path = PickleArchive.Write(_folder.PathOf("b.pth"), PickleArchive.Pickle("K\u0001", "K\u0003\u0085", "K\u0001\u0085"),
            change: zip => zip.Comment = "PK\u0005\u0006" + new string('x', 40));

        Assert.Equal([1f, 2, 3], CheckpointTensors.Open(path).Read("a"));
    }

    [Fact]
    public void Open_EntriesWithComments_ArePassedOver()
    {
        string path = PickleArchive.Write(_folder.PathOf("b.pth"), PickleArchive.Pickle("K\u0001", "K\u0003\u0085", "K\u0001\u0085"),
            change: zip => zip.CreateEntry("archive/version").Comment = "text");
        Change((bytes, _) => bytes, path, insertAfterFirst: "comment"u8.ToArray());

        Assert.Equal([1f, 2, 3], CheckpointTensors.Open(path).Read("a"));
    }

    [Fact]
    public void Open_RecordOf64BitsThatLiesBehindItsLocator_IsRefused()
    {
        byte[] bytes = File.ReadAllBytes(_path);
        byte[] end = bytes[^22..];
        end.AsSpan(8, 4).Fill(0xFF); // both counts of entries: see the record of 64 bits
        byte[] locator = [(byte)'P', (byte)'K', 6, 7, 0, 0, 0, 0, .. BitConverter.GetBytes(bytes.LongLength - 30), 1, 0, 0, 0];
        File.WriteAllBytes(_path, [.. bytes[..^22], .. locator, .. end]);

        AssertRefused("does not lie before its locator");
    }

    private static void Grow(byte[] bytes, int header, int by)
    {
        foreach (int field in new[] { CompressedSize, Size })
            BitConverter.TryWriteBytes(bytes.AsSpan(header + field), BitConverter.ToInt32(bytes, header + field) + by);
    }

    private void Change(Action<byte[], int[]> change) => Change(
        (bytes, headers) =>
        {
            change(bytes, headers);
            return bytes;
        }, _path);

    // Gives the places of the directory's headers; a comment can be put behind the first.
    private static void Change(Func<byte[], int[], byte[]> change, string path, byte[]? insertAfterFirst = null)
    {
        byte[] bytes = File.ReadAllBytes(path);
        List<int> headers = [];
        for (int i = 0; i < bytes.Length - 4; i++)
            if (bytes.AsSpan(i).StartsWith("PK\u0001\u0002"u8))
                headers.Add(i);
        bytes = change(bytes, [.. headers]);
        if (insertAfterFirst is { } comment)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(headers[0] + 32), (ushort)comment.Length);
            bytes = [.. bytes[..headers[1]], .. comment, .. bytes[headers[1]..]];
            int end = bytes.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
            BitConverter.TryWriteBytes(bytes.AsSpan(end + 12), BitConverter.ToInt32(bytes, end + 12) + comment.Length);
        }

        File.WriteAllBytes(path, bytes);
    }

    private void AssertRefused(string reason)
    {
        var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(_path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
