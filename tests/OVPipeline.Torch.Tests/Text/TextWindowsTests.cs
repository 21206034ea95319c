using OVPipeline.Checkpoints;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TextWindowsTests
{
    [Fact]
    public void EncodeAll_TwoDocuments_EncodesEachParagraphOnItsOwn()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "The cat sat.\n\nIt slept\n\n<|endoftext|>\n\nAnother book\n\n<|endoftext|>\n");
            var encoding = TextEncoding.Of(TransformerCheckpoint.Load(EmbeddedModel.Folder));
            Assert.Equal((3, 14), (encoding.Separator, encoding.LineBreak));
            Assert.Equal(
                [.. encoding.Encode("The cat sat."), 14, .. encoding.Encode("It slept"), 14, 3, .. encoding.Encode("Another book"), 14, 3],
                encoding.EncodeAll(new(file)));
            Assert.Equal(TextEncoding.Of(TrainingTokenizer.Load(EmbeddedModel.Folder)).EncodeAll(new(file)), encoding.EncodeAll(new(file)));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Of_ModelWithoutTokenizer_SaysSo()
    {
        var model = TransformerCheckpoint.Load(
            Path.Combine(EmbeddedModel.Root, "tests", "OVPipeline.Checkpoints.Tests", "Fixtures", "Architectures", "gpt2"));
        Assert.Contains("no tokenizer", Assert.Throws<ArgumentException>(() => TextEncoding.Of(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_All_StandOneAfterTheOther()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        int[] tokens = [5, 6, 9, 7, 8, 5, 6, 9, 7, 7, 7];
        var windows = new TextWindows(tokens, 3, separator: 9);
        Assert.Equal((3, 3), (windows.Count, windows.Context));
        Assert.Equal([0, 1, 1], windows.Documents);
        Assert.Equal([5, 6, 7, 8, 9], windows.DistinctTokens());
        torch.Tensor inputs = windows.Inputs(1, 2), targets = windows.Targets(1, 2);
        Assert.Equal([9, 7, 8, 9, 6, 9], inputs.data<long>().ToArray());
        Assert.Equal([7, 8, 5, 6, 9, 7], targets.data<long>().ToArray());
    }

    [Fact]
    public void Windows_Count_SpreadsThemAsTheCardDoes()
    {
        int[] tokens = [.. Enumerable.Range(0, 1000)];
        var windows = new TextWindows(tokens, 10, separator: 0, count: 4);
        Assert.Equal([0, 247, 494, 741], Enumerable.Range(0, 4).Select(i => windows[i].First()));
        Assert.Equal(100, new TextWindows(tokens, 10, 0, count: 1000).Count);
        var error = Assert.Throws<ArgumentException>(() => new TextWindows(tokens, 2000, 0));
        Assert.Contains("1000 tokens, fewer than one window of 2000", error.Message, StringComparison.Ordinal);
    }
}
