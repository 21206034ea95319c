using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class CheckpointFinderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeRepositories _hub = new();

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_FolderAndFile_TakesThatFile()
    {
        Write("one.safetensors");
        Write("two.safetensors");
        Assert.Contains("several files could be meant, name one: one.safetensors, two.safetensors",
            Fails(_folder.Path).Message, StringComparison.Ordinal);
        Assert.Equal("two", Load($"{_folder.Path}:two.safetensors").Weights.Config.Name);
        Assert.Contains("is not in this folder", Fails($"{_folder.Path}:three.safetensors").Message, StringComparison.Ordinal);
        Assert.Contains("is no file's name", Fails($"{_folder.Path}:../two.safetensors").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FinalBesideOthers_IsTheModel()
    {
        Write("model_final.safetensors");
        Write("model_100.safetensors");
        Assert.Equal("model_final.safetensors", Path.GetFileName(Load(_folder.Path).Tensors!.File));
    }

    [Fact]
    public void Load_LocalPathOfAHubsName_GoesFirst()
    {
        Directory.CreateDirectory(_folder.PathOf("gpt2-small"));
        SafetensorsWriter.Write(_folder.PathOf("gpt2-small", "model.safetensors"), TinyModel.Tensors());
        string before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = _folder.Path;
            Assert.Equal("TransformerLens", Load("gpt2-small").Layout);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
        Assert.Empty(_hub.Requests);
    }

    [Fact]
    public void Load_Revision_IsThatOfTheSourceOrTheOption()
    {
        var files = FakeRepositories.FilesOf(Repository.Fixture("Architectures", "gpt2"));
        _hub.Add("org/model", "main", files);
        _hub.Add("org/model", "step5", files);
        Assert.Equal("org/model@step5", Load("org/model@step5").Weights.Config.Name);
        Assert.Equal("org/model@step5", Load("org/model", new() { Revision = "step5" }).Weights.Config.Name);
        Assert.Equal("org/model", Load("org/model").Weights.Config.Name);
        Assert.True(File.Exists(_folder.PathOf("cache", "models--org--model", "refs", "step5")));
        Assert.Contains("names revision 'main', and 'step5' was asked for",
            Fails("org/model@main", new() { Revision = "step5" }).Message, StringComparison.Ordinal);
        Assert.Contains(
            "'..' is no branch, tag or commit", Fails("org/model", new() { Revision = ".." }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RevisionOfAFolder_IsRefused()
    {
        Write("model.safetensors");
        Assert.Contains(
            "revision 'main' is of no meaning", Fails(_folder.Path, new() { Revision = "main" }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama-7b", "no hub has this model")]
    [InlineData("org/model/weights.pth", "a file of a hub's repository is written org/model:weights.pth")]
    [InlineData("./none", "there is no such file or folder.")]
    [InlineData("org/none:a.pth", "it cannot be had from the hub")]
    public void Load_NothingOfThatName_SaysWhatToDo(string source, string said)
    {
        var error = Fails(source);
        Assert.StartsWith($"{source}: there is no such file or folder", error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FileThatARepositoryHasNot_ListsItsFiles()
    {
        _hub.Add("org/model", "main", ("a.pth", [1]), ("checkpoints/b.pth", [1]));
        Assert.Contains("c.pth: is not in the repository; its files are a.pth, checkpoints/b.pth",
            Fails("org/model:c.pth").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ConfigOption_StandsForTheOneBesideTheWeights()
    {
        Write("model.safetensors");
        File.WriteAllText(_folder.PathOf("config.json"), """{"positional_embedding_type": "standard"}""");
        File.WriteAllText(_folder.PathOf("mine.json"), """{"positional_embedding_type": "shortformer", "normalization_type": null}""");
        var config = Load(_folder.Path, new() { Config = _folder.PathOf("mine.json") }).Weights.Config;
        Assert.Equal(("shortformer", null), (config.PositionalEmbedding, config.Normalization));
        Assert.Contains("none.json", Fails(_folder.Path, new() { Config = _folder.PathOf("none.json") }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PositionsOption_GoesBeforeTheConfigurationAndSaysSo()
    {
        Write("model.safetensors");
        string assumed = Assert.Single(Load(_folder.Path).Weights.Processing);
        Assert.StartsWith("positions are taken to be standard", assumed, StringComparison.Ordinal);
        var said = Load(_folder.Path, new() { Positions = "shortformer" }).Weights;
        Assert.Equal("shortformer", said.Config.PositionalEmbedding);
        Assert.Empty(said.Processing);
        File.WriteAllText(_folder.PathOf("config.json"), """{"positional_embedding_type": "standard"}""");
        var other = Load(_folder.Path, new() { Positions = "shortformer" }).Weights;
        Assert.Contains("positions are shortformer, as was asked for; ", Assert.Single(other.Processing), StringComparison.Ordinal);
        Assert.Contains("config.json says standard", other.Processing[0], StringComparison.Ordinal);
        Assert.Equal("shortformer", other.Config.PositionalEmbedding);
    }

    [Fact]
    public void Load_PositionsOfAnotherLayout_AreRefused()
    {
        string gpt2 = Repository.Fixture("Architectures", "gpt2");
        Assert.Contains("settled by its layout (GPT-2); they cannot be said to be shortformer",
            Fails(gpt2, new() { Positions = "shortformer" }).Message, StringComparison.Ordinal);
        Assert.Contains("standard or shortformer, were 'sideways'",
            Assert.Throws<ArgumentException>(() => new CheckpointOptions { Positions = "sideways" }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenizerOption_IsAFolderOrAnIdAndNothingElse()
    {
        string tokenizer = Repository.Fixture("Tokenizers", "neox");
        WriteLarge("model.pth");
        _hub.Add("org/tokens", "main", [.. FakeRepositories.FilesOf(tokenizer), ("model.safetensors", [1, 2])]);
        Assert.NotNull(Load(_folder.Path, new() { Tokenizer = tokenizer }).Tokenizer);
        Assert.NotNull(Load(_folder.Path, new() { Tokenizer = "org/tokens" }).Tokenizer);
        Assert.DoesNotContain(_hub.Requests, path => path.EndsWith("model.safetensors", StringComparison.Ordinal));
        Assert.Contains("holds no tokenizer that is read here", Fails(_folder.Path, new() { Tokenizer = _folder.Path }).Message,
            StringComparison.Ordinal);
        Assert.Contains("no tokenizer can be had from the hub", Fails(_folder.Path, new() { Tokenizer = "org/none" }).Message,
            StringComparison.Ordinal);
        Assert.Contains("it is no hub id", Fails(_folder.Path, new() { Tokenizer = "./none" }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenizerThatALocalConfigurationNames_IsTakenFromTheCacheAlone()
    {
        WriteLarge("model.pth");
        File.WriteAllText(_folder.PathOf("config.json"), """{"tokenizer_name": "org/tokens"}""");
        _hub.Add("org/tokens", "main", FakeRepositories.FilesOf(Repository.Fixture("Tokenizers", "neox")));
        Assert.Contains("that of org/tokens, which is not in the hub's cache", Load(_folder.Path).NoTokenizer, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests);
        Load(_folder.Path, new() { Tokenizer = "org/tokens" });
        Assert.NotNull(Load(_folder.Path).Tokenizer);
    }

    private void Write(string name) => SafetensorsWriter.Write(_folder.PathOf(name), TinyModel.Tensors());

    // Of more rows than the tokenizer of the fixtures has tokens.
    private void WriteLarge(string name) => TorchArchive.Write(_folder.PathOf(name), TorchArchive.AttentionOnly(1, 2, 8, 4, 2000, 16));

    private CheckpointException Fails(string source, CheckpointOptions? options = null) =>
        Assert.Throws<CheckpointException>(() => Load(source, options));

    private TransformerCheckpoint Load(string source, CheckpointOptions? options = null)
    {
        using var client = _hub.Client(_folder.PathOf("cache"));
        return TransformerCheckpoint.Load(source, options, client, null, TestContext.Current.CancellationToken);
    }
}
