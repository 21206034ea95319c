using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Files written by PyTorch itself, through Fixtures/make_pytorch.py: element i of every tensor is (i - 3) / 4.</summary>
public sealed class PyTorchReaderTests
{
    [Theory]
    [InlineData("contiguous", 2, 3, 4)]
    [InlineData("transposed", 3, 4)]
    [InlineData("permuted", 2, 3, 4)]
    [InlineData("slice", 2, 3, 4)]
    [InlineData("offset", 2, 4)]
    [InlineData("strided", 6)]
    [InlineData("shared_a", 4, 6)]
    [InlineData("shared_b", 6)]
    [InlineData("scalar")]
    [InlineData("empty", 0, 3)]
    [InlineData("parameter", 2, 2)]
    public void Read_View_GivesTheMeantValues(string name, params int[] shape)
    {
        AssertRamp(Open("views.pth"), name, ElementType.F32, shape);
        AssertRamp(Open("legacy_views.pth"), name, ElementType.F32, shape);
    }

    [Theory]
    [InlineData("float64", ElementType.F64)]
    [InlineData("float32", ElementType.F32)]
    [InlineData("float16", ElementType.F16)]
    [InlineData("bfloat16", ElementType.BF16)]
    public void Read_FloatType_IsConverted(string name, ElementType type)
    {
        AssertRamp(Open("types.pt"), name, type, 5);
        AssertRamp(Open("legacy_types.pth"), name, type, 5);
    }

    [Theory]
    [InlineData("int64", ElementType.I64)]
    [InlineData("int32", ElementType.I32)]
    [InlineData("int16", ElementType.I16)]
    [InlineData("int8", ElementType.I8)]
    [InlineData("uint8", ElementType.U8)]
    [InlineData("bool", ElementType.Bool)]
    public void Read_OtherType_OpensButIsNoWeight(string name, ElementType type)
    {
        var tensors = Open("types.pt");
        Assert.Equal(type, tensors.Tensors.Single(t => t.Name == name).Type);
        Assert.Equal(name, Assert.Throws<CheckpointException>(() => tensors.Read(name)).Entry);
    }

    [Fact]
    public void Open_FormatBefore16_IsRead() => AssertRamp(Open("legacy.pth"), "a", ElementType.F32, 2);

    [Theory]
    [InlineData("protocol3.pth")]
    [InlineData("protocol4.pth")]
    [InlineData("protocol5.pth")]
    [InlineData("little.pth")]
    [InlineData("big_endian.pth")]
    public void Open_OtherProtocolsOrdersAndWrappers_GivesTheSame(string file) => AssertRamp(Open(file), "a", ElementType.F32, 2, 3);

    [Fact]
    public void Open_ModuleStateWithMetadata_GivesItsParameters()
    {
        var tensors = Open("module_state.bin");
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], tensors.Tensors.Select(t => t.Name));
        AssertRamp(tensors, "0.weight", ElementType.F32, 3, 2);
    }

    [Theory]
    [InlineData("deflated.pth", "compressed")]
    public void Open_WhatIsNoStateDict_SaysWhy(string file, string reason)
    {
        var error = Assert.Throws<CheckpointException>(() => Open(file));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Wrapper_KeepsTheWholePath() => AssertRamp(Open("wrapped.pt"), "state_dict.a", ElementType.F32, 2, 3);

    [Fact]
    public void Open_WholeModule_GivesTheNamesOfItsStateDict()
    {
        var tensors = Open("whole_module.pt");
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], tensors.Tensors.Select(t => t.Name));
        AssertRamp(tensors, "0.weight", ElementType.F32, 3, 2);
    }

    [Fact]
    public void Open_CallOfTheSystem_IsDataBesideTheTensors()
    {
        var tensors = Open("evil.pth");
        AssertRamp(tensors, "a", ElementType.F32, 2);
        Assert.Equal("Python objects of the file are data here, none was built (posix.system)", Assert.Single(tensors.Contents.Notes));
    }

    private static CheckpointTensors Open(string file) => CheckpointTensors.Open(Repository.Fixture("PyTorch", file));

    private static void AssertRamp(CheckpointTensors tensors, string name, ElementType type, params int[] shape)
    {
        var info = tensors.Tensors.Single(t => t.Name == name);
        Assert.Equal(type, info.Type);
        Assert.Equal(shape, info.Shape.Select(size => (int)size));
        Assert.Equal(Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (i - 3) / 4f), tensors.Read(name));
    }
}
