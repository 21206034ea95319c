using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class TokenTableTests
{
    [Fact]
    public void ToVocabulary_FewerTokensThanRows_NamesTheRestPads()
    {
        var table = new TokenTable();
        table.Set(0, "a", added: false);
        table.Set(2, "b", added: false);

        Assert.Equal(["a", "<pad 1>", "b", "<pad 3>"], table.ToVocabulary("file", 4).Tokens);
    }

    [Fact]
    public void ToVocabulary_TokenNamedAsAPad_StaysDistinct()
    {
        var table = new TokenTable();
        table.Set(0, "<pad 1>", added: false);

        Assert.Equal(["<pad 1>", "<pad 1>#1"], table.ToVocabulary("file", 2).Tokens);
    }

    [Fact]
    public void ToVocabulary_ExtraTokensAdded_AreLeftOut()
    {
        var table = new TokenTable();
        table.Set(0, "a", added: false);
        table.Set(1, "<mask>", added: true);

        Assert.Equal(["a"], table.ToVocabulary("file", 1).Tokens);
    }

    [Fact]
    public void ToVocabulary_ExtraTokensLearned_ThrowsWithBothCounts()
    {
        var table = new TokenTable();
        for (int id = 0; id < 5; id++)
            table.Set(id, $"t{id}", added: id == 4);

        CheckpointException e = Assert.Throws<CheckpointException>(() => table.ToVocabulary("file", 2));

        Assert.Equal("file: the tokenizer does not fit the weights: it has 5 tokens, 2 of them beyond the 2 rows of W_E.", e.Message);
    }
}
