using Xunit;

namespace OVPipeline.Tests.Interop;

public sealed class ModelEntriesTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void ToMatrix_OtherLength_NamesEntryAndBothLengths(int length)
    {
        var entries = new Dictionary<string, byte[]> { ["H"] = new byte[length] };

        var error = Assert.Throws<CircuitModelException>(() => entries.ToMatrix("H", 1, 2));

        Assert.Equal("H", error.Entry);
        Assert.Contains($"holds {length} bytes, a [1, 2] matrix takes 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_EntryThatEndsEarlyOrMakesNoSense_NamesIt()
    {
        var entries = new Dictionary<string, byte[]> { ["Tokens"] = [1, 0] };

        Assert.Equal("Tokens", Assert.Throws<CircuitModelException>(() => entries.Parse("Tokens", reader => reader.ReadInt32())).Entry);
        foreach (var thrown in new Exception[] { new ArgumentException("a"), new FormatException("b"), new OverflowException("c") })
        {
            var error = Assert.Throws<CircuitModelException>(() => entries.Parse<int>("Tokens", _ => throw thrown));
            Assert.Same(thrown, error.InnerException);
        }
    }
}
