using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class AttentionProbeTests
{
    [Fact]
    public void Of_Tokens_GivesThePatternsOfTheForwardPass()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = TestModels.Random(TestModels.Config());
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, model.Config.Vocabulary).Select(i => $"t{i}")]);
        int[] ids = [3, 1, 4, 1, 5];
        var attention = AttentionProbe.Of(model, vocabulary, ids);
        Assert.Equal(ids, attention.Ids);
        Assert.Equal(["t3", "t1", "t4", "t1", "t5"], attention.Tokens);
        using var scope = torch.NewDisposeScope();
        using var pass = model.Run(torch.tensor(ids.Select(id => (long)id).ToArray(), 1, 5), ForwardParts.Patterns);
        foreach (var (head, pattern) in model.Config.AllHeads.Zip(attention.Patterns))
        {
            Assert.Equal((5, 5), (pattern.Rows, pattern.Columns));
            for (int query = 0; query < 5; query++)
            {
                double sum = 0;
                for (int key = 0; key < 5; key++)
                {
                    Assert.Equal(pass.Patterns[head.Layer][0, head.Head, query, key].item<float>(), pattern[query, key]);
                    Assert.True(key <= query || pattern[query, key] == 0);
                    sum += pattern[query, key];
                }
                Assert.Equal(1, sum, 1e-5);
            }
        }
        Assert.True(attention.Patterns.Select(pattern => pattern[4, 0]).Distinct().Count() > 1);
    }

    [Fact]
    public void Of_Prompt_StartsWithTheSeparatorAndKeepsLineBreaks()
    {
        NativeFiles.SkipWithoutBackend();
        var checkpoint = TransformerCheckpoint.Load(EmbeddedModel.Folder);
        var attention = AttentionProbe.Of(checkpoint, "The cat\nThe dog");
        var encoding = TextEncoding.Of(checkpoint);
        Assert.Equal([encoding.Separator, .. encoding.Encode("The cat"), encoding.LineBreak, .. encoding.Encode("The dog")], attention.Ids);
        Assert.Equal(24, attention.Patterns.Count);
    }

    [Fact]
    public void Of_ModelWithoutATokenizer_SaysSo()
    {
        NativeFiles.SkipWithoutBackend();
        var error = Assert.Throws<ArgumentException>(() => AttentionProbe.Of(InductionModel.Make(), "text"));
        Assert.Contains("tokenizer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_NoTokens_Throws()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = TestModels.Random(TestModels.Config());
        Assert.Throws<ArgumentException>(() => AttentionProbe.Of(model, new(["a"]), []));
    }
}
