using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class ModelConfigFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Fields_OfTheRightKind_AreRead()
    {
        var config = Open("""{"size": 3, "text": "t", "flag": false, "number": 1e-5, "nothing": null}""");
        Assert.Equal((3, "t", false, 1e-5), (config.Size("size"), config.Text("text"), config.Flag("flag"), config.Number("number")));
        Assert.Null(config.TrySize("nothing"));
        Assert.Null(config.ModelType);
    }

    [Theory]
    [InlineData("""{"size": 0}""")]
    [InlineData("""{"size": -1}""")]
    [InlineData("""{"size": 1.5}""")]
    [InlineData("""{"size": 3000000000}""")]
    [InlineData("""{"size": "3"}""")]
    [InlineData("""{"other": 3}""")]
    public void Size_OfAnotherKind_NamesFileAndField(string json) =>
        Assert.Equal("size", Assert.Throws<CheckpointException>(() => Open(json).Size("size")).Entry);

    [Fact]
    public void SizeIfSet_MinusOne_IsNotSetAndOthersMustBeSizes()
    {
        Assert.Null(Open("""{"size": -1}""").SizeIfSet("size"));
        Assert.Null(Open("{}").SizeIfSet("size"));
        Assert.Equal(5, Open("""{"size": 5}""").SizeIfSet("size"));
        Assert.Throws<CheckpointException>(() => Open("""{"size": 0}""").SizeIfSet("size"));
        Assert.Throws<CheckpointException>(() => Open("""{"size": -2}""").SizeIfSet("size"));
    }

    [Fact]
    public void TextPart_FileOfPicturesToo_IsTheLanguageModels()
    {
        const string Text = """{"model_type": "t", "tie_word_embeddings": false}""";
        var part = Open($$"""{"model_type": "p", "tie_word_embeddings": true, "text_config": {{Text}}}""").TextPart;
        Assert.Equal(("t", true, true), (part.ModelType, part.Flag("tie_word_embeddings"), part.IsPart));
        var error = Assert.Throws<CheckpointException>(() => part.Size("hidden_size"));
        Assert.Contains("(text_config)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model_type": "t"}"""), InlineData("""{"model_type": "t", "text_config": null}""")]
    public void TextPart_FileOfOneModel_IsTheFile(string json)
    {
        var config = Open(json);
        Assert.Same(config, config.TextPart);
        Assert.False(config.IsPart);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{"a":1""")]
    [InlineData("""{"a":1,"a":2}""")]
    public void Open_NoSoundObject_IsRefused(string json) => Assert.Throws<CheckpointException>(() => Open(json));

    private ModelConfigFile Open(string json)
    {
        string path = _folder.PathOf("config.json");
        File.WriteAllText(path, json);
        return ModelConfigFile.Open(path);
    }
}
