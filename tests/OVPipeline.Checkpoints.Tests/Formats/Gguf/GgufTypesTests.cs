using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>The numbers of ggml's types: those of enum ggml_type in ggml.h, which files hold.</summary>
public sealed class GgufTypesTests
{
    [Theory]
    [InlineData(0, ElementType.F32), InlineData(1, ElementType.F16), InlineData(2, ElementType.Q4_0), InlineData(3, ElementType.Q4_1)]
    [InlineData(6, ElementType.Q5_0), InlineData(7, ElementType.Q5_1), InlineData(8, ElementType.Q8_0), InlineData(9, ElementType.Q8_1)]
    [InlineData(10, ElementType.Q2_K), InlineData(11, ElementType.Q3_K), InlineData(12, ElementType.Q4_K)]
    [InlineData(13, ElementType.Q5_K), InlineData(14, ElementType.Q6_K), InlineData(15, ElementType.Q8_K)]
    [InlineData(20, ElementType.IQ4_NL), InlineData(23, ElementType.IQ4_XS), InlineData(24, ElementType.I8)]
    [InlineData(25, ElementType.I16), InlineData(26, ElementType.I32), InlineData(27, ElementType.I64)]
    [InlineData(28, ElementType.F64), InlineData(30, ElementType.BF16), InlineData(34, ElementType.TQ1_0)]
    [InlineData(35, ElementType.TQ2_0), InlineData(39, ElementType.MXFP4)]
    public void Of_NumberOfATypeThatIsRead_IsIt(int number, ElementType type)
    {
        var found = GgufTypes.Of((uint)number);
        Assert.Equal((type, null), (found.Element, found.Unreadable));
    }

    [Theory]
    [InlineData(16, "IQ2_XXS", 66), InlineData(29, "IQ1_M", 56), InlineData(21, "IQ3_S", 110)]
    public void Of_NumberOfATypeThatIsNotRead_SaysItsNameAndSize(int number, string name, int size)
    {
        var found = GgufTypes.Of((uint)number);
        Assert.Equal((ElementType.Other, 256, size), (found.Element, found.BlockLength, found.BlockSize));
        Assert.StartsWith($"{name} elements cannot be read here", found.Unreadable, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NumberThatIsNone_SaysIt() =>
        Assert.Equal("its elements are of ggml's type 99, which is not known here.", GgufTypes.Of(99).Unreadable);
}
