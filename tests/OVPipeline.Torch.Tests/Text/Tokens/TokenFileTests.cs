using System.Buffers.Binary;
using OVPipeline.Checkpoints;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TokenFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(65_536, 2)]
    [InlineData(65_537, 4)]
    public void Read_WhatWasWritten_ComesBack(int vocabulary, int size)
    {
        int[] ids = [0, 1, 65_535, 7, vocabulary - 1];
        Write(vocabulary, size, ids);
        using var file = TokenFile.Open(_path);
        Assert.Equal((5, vocabulary, 3, new string('a', 64)), (file.Count, file.Vocabulary, file.Separator, file.TokenizerDigest));
        long[] read = new long[4];
        file.Read(1, read);
        Assert.Equal(ids.Skip(1).Select(id => (long)id), read);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(2, read));
    }

    [Fact]
    public void Read_IdBeyondTheVocabulary_NamesItsPlace()
    {
        Write(100, 2, [1, 2, 100, 3]);
        using var file = TokenFile.Open(_path);
        file.Read(0, new long[2]);
        var error = Assert.Throws<CheckpointException>(() => file.Read(1, new long[3]));
        Assert.Contains("token 2 is 100, beyond the vocabulary of 100", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "is no token file")]
    [InlineData(63, "is no token file")]
    [InlineData(67, "cut off")]
    [InlineData(68, "its header says 4 tokens")]
    public void Open_CutOffFile_SaysSo(int length, string expected)
    {
        Write(100, 2, [1, 2, 3, 4]);
        using (var stream = File.OpenWrite(_path))
            stream.SetLength(length);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => TokenFile.Open(_path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, "version")]
    [InlineData(12, "damaged")]
    [InlineData(16, "damaged")]
    [InlineData(27, "cut off or damaged")]
    public void Open_WrongHeader_SaysWhat(int at, string expected)
    {
        Write(100, 2, [1, 2, 3, 4]);
        byte[] bytes = File.ReadAllBytes(_path);
        bytes[at] ^= 0x40;
        if (at == 16)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), -1);
        File.WriteAllBytes(_path, bytes);
        var error = Assert.Throws<CheckpointException>(() => TokenFile.Open(_path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(_path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoFile_SaysSo() => Assert.Throws<CheckpointException>(() => TokenFile.Open(_path + ".none"));

    private void Write(int vocabulary, int size, int[] ids)
    {
        byte[] bytes =
        [
            .. new TokenFileHeader(size, vocabulary, 3, ids.Length, new string('a', 64)).ToBytes(),
            .. new byte[size * ids.Length],
        ];
        for (int i = 0; i < ids.Length; i++)
        {
            var place = bytes.AsSpan(TokenFileHeader.Size + size * i);
            if (size == 2)
                BinaryPrimitives.WriteUInt16LittleEndian(place, (ushort)ids[i]);
            else
                BinaryPrimitives.WriteInt32LittleEndian(place, ids[i]);
        }
        File.WriteAllBytes(_path, bytes);
    }
}
