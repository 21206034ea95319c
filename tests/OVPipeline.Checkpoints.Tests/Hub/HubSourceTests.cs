using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class HubSourceTests
{
    [Theory]
    [InlineData("gpt2", "gpt2", null, null)]
    [InlineData("EleutherAI/pythia-70m", "EleutherAI/pythia-70m", null, null)]
    [InlineData("EleutherAI/pythia-70m@step1000", "EleutherAI/pythia-70m", "step1000", null)]
    [InlineData("a/b@refs/pr/1", "a/b", "refs/pr/1", null)]
    [InlineData("a/b:model_final.pth", "a/b", null, "model_final.pth")]
    [InlineData("a/b@v1:checkpoints/tokens_5.pth", "a/b", "v1", "checkpoints/tokens_5.pth")]
    [InlineData("a/b:at@it.pth", "a/b", null, "at@it.pth")]
    public void Parse_Place_TakesItApart(string text, string id, string? revision, string? file)
    {
        var source = HubSource.Parse(text)!;
        Assert.Equal((id, revision, file), (source.Id, source.Revision, source.File));
        Assert.Equal(text, source.ToString());
    }

    [Theory]
    [InlineData("/no/such/folder")]
    [InlineData("./model")]
    [InlineData("../a/b")]
    [InlineData("a/b/c")]
    [InlineData("C:\\models")]
    [InlineData("@main")]
    public void Parse_PathOrNone_IsNull(string text) => Assert.Null(HubSource.Parse(text));

    [Theory]
    [InlineData("a/b@", "'' after @ is no branch, tag or commit")]
    [InlineData("a/b@x y", "'x y' after @ is no branch")]
    [InlineData("a/b@../main", "'../main' after @ is no branch")]
    [InlineData("a/b:", "'' after the colon is no file of a repository")]
    [InlineData("a/b:../evil", "'../evil' after the colon")]
    [InlineData("a/b@main:/etc/passwd", "'/etc/passwd' after the colon")]
    public void Parse_WrongPart_IsOneSentence(string text, string said)
    {
        var error = Assert.Throws<CheckpointException>(() => HubSource.Parse(text));
        Assert.StartsWith(text + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
