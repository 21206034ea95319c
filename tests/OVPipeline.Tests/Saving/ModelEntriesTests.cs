using System.Security.Cryptography;
using Xunit;

namespace OVPipeline.Tests.Saving;

public sealed class ModelEntriesTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void ToMatrix_OtherLength_NamesEntryAndBothLengths(int length)
    {
        var error = Assert.Throws<CircuitModelException>(() => Of("H", new byte[length]).ToMatrix("H", 1, 2));

        Assert.Equal("H", error.Entry);
        Assert.Contains($"holds {length} bytes, a [1, 2] matrix takes 8", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void ToMatrix_NumberThatIsNotFinite_NamesItsRow(float number)
    {
        byte[] bytes = [.. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(number)];

        var error = Assert.Throws<CircuitModelException>(() => Of("H", bytes).ToMatrix("H", 2, 1));

        Assert.Equal("Model entry 'H' holds a number in row 1 that is not finite.", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void LinesOf_LengthThatDoesNotDivide_IsRefused(int length) =>
        Assert.Throws<CircuitModelException>(() => Of("H", new byte[length]).LinesOf("H", 3));

    [Fact]
    public void Parse_EntryThatEndsEarlyOrMakesNoSense_NamesIt()
    {
        Assert.Equal("Tokens", Assert.Throws<CircuitModelException>(
            () => Of("Tokens", [1, 0]).Parse("Tokens", 8, reader => reader.ReadInt32())).Entry);
        Exception[] all =
        [
            new ArgumentException("a"), new FormatException("b"), new OverflowException("c"), new IOException("d"),
            new InvalidOperationException("e"), new NotSupportedException("f"),
        ];
        foreach (var thrown in all)
        {
            var error = Assert.Throws<CircuitModelException>(() => Of("Tokens", [1]).Parse<int>("Tokens", 8, _ => throw thrown));
            Assert.Same(thrown, error.InnerException);
        }
    }

    [Theory]
    [InlineData(-1, 0, "says that there are -1 entries")]
    [InlineData(65, 0, "says that there are 65 entries")]
    [InlineData(int.MaxValue, 0, "says that there are 2147483647 entries")]
    [InlineData(1, -8, "'H' is listed twice, or with a length below 0")]
    [InlineData(2, 8, "'H' is listed twice, or with a length below 0")]
    public void ModelEntries_ListThatNoneWrote_IsRefused(int count, long length, string sentence)
    {
        var key = new MemoryStream();
        using var writer = new BinaryWriter(key);
        writer.Write(count);
        for (int i = 0; i < Math.Min(count, 70); i++)
        {
            writer.Write("H");
            writer.Write(length);
            writer.Write(new byte[SHA256.HashSizeInBytes]);
        }
        key.Position = 0;

        var error = Assert.Throws<CircuitModelException>(
            () => new ModelEntries(new BinaryReader(key), (_, _) => throw new InvalidOperationException("opened")));

        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_MoreBytesThanTheirCountSays_IsRefused()
    {
        var entries = Of("H", [1, 2, 3, 4], source: (_, read) =>
        {
            read(new MemoryStream([1, 2, 3, 4, 5]), 4);
            return true;
        });

        var error = Assert.Throws<CircuitModelException>(() => entries.Parse("H", 8, reader => reader.ReadInt32()));

        Assert.Contains("more than the 4 bytes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LongerThanItMayBe_IsNotOpened()
    {
        var entries = Of("Tokens", new byte[9], (_, _) => throw new InvalidOperationException("opened"));

        Assert.Contains("holds 9 bytes, more than the 8", Assert.Throws<CircuitModelException>(
            () => entries.Parse("Tokens", 8, _ => 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LengthThatTheFileDoesNotHave_IsNotAllocated()
    {
        var entries = Of("H", [], source: (_, read) =>
        {
            read(new MemoryStream(new byte[4]), 4);
            return true;
        }, length: 1 << 30);

        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CircuitModelException>(() => entries.ToMatrix("H", 1 << 14, 1 << 14));

        Assert.Contains($"fewer than the {1 << 30} bytes", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 16);
    }

    [Fact]
    public void Open_EntryListedTwice_IsRefused()
    {
        byte[] one = Listed("H", [1], 1);
        using var key = new BinaryReader(new MemoryStream([2, 0, 0, 0, .. one, .. one]));

        Assert.Equal("H", Assert.Throws<CircuitModelException>(() => new ModelEntries(key, (_, _) => false)).Entry);
    }

    private static ModelEntries Of(string entry, byte[] bytes, EntrySource? source = null, long? length = null)
    {
        using var key = new BinaryReader(new MemoryStream([1, 0, 0, 0, .. Listed(entry, bytes, length ?? bytes.Length)]));
        return new(key, source ?? ((_, read) =>
        {
            read(new MemoryStream(bytes), bytes.Length);
            return true;
        }));
    }

    private static byte[] Listed(string entry, byte[] bytes, long length) =>
        [(byte)entry.Length, .. System.Text.Encoding.ASCII.GetBytes(entry), .. BitConverter.GetBytes(length), .. SHA256.HashData(bytes)];
}
