using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Models whose files do not say what they are, from a hub and from this machine.</summary>
public sealed class KnownModelsTests : IDisposable
{
    private const string Course = "callummcdougall/attn_only_2L_half", Neel = "NeelNanda/Attn_Only_2L512W_C4_Code";
    private static readonly string s_tokenizer = Repository.Fixture("Tokenizers", "neox");
    private readonly TemporaryFolder _folder = new();
    private readonly FakeRepositories _hub = new();

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("gpt2-small", "gpt2")]
    [InlineData("attn-only-2l", Neel)]
    [InlineData("ATTN-Only-2L", Neel)]
    [InlineData("pythia-70m-deduped", "EleutherAI/pythia-70m-deduped")]
    [InlineData("EleutherAI/pythia-19m", "EleutherAI/pythia-70m")]
    [InlineData("solu-1l", "NeelNanda/SoLU_1L512W_C4_Code")]
    [InlineData("gelu-2l", "NeelNanda/GELU_2L512W_C4_Code")]
    [InlineData("redwood_attn_2l", "ArthurConmy/redwood_attn_2l")]
    [InlineData("callummcdougall/attn_only_2L_half", Course)]
    public void Find_Name_IsTheHubs(string name, string id) => Assert.Equal(id, KnownModels.Find(name)!.Id);

    [Fact]
    public void All_Names_AreEachOfOneModel()
    {
        string[] names = [.. KnownModels.All.SelectMany(model => model.Aliases.Prepend(model.Id)).Select(name => name.ToUpperInvariant())];
        Assert.Empty(names.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.All(KnownModels.All, model => Assert.True(HubModel.IsId(model.Id)));
    }

    [Fact]
    public void Load_CoursesModel_BringsPositionsNormalizationAndTokenizer()
    {
        AddCourse();
        _hub.Add("EleutherAI/gpt-neox-20b", "main", FakeRepositories.FilesOf(s_tokenizer));
        var model = Load(Course);
        var config = model.Weights.Config;
        Assert.Equal(("shortformer", null, 2), (config.PositionalEmbedding, config.Normalization, config.Layers));
        Assert.True(config.AttentionOnly);
        Assert.NotNull(model.Tokenizer);
        Assert.Contains("normalization none and positions shortformer, which its files do not say, are known of " + Course,
            model.Weights.Processing[0], StringComparison.Ordinal);
        Assert.DoesNotContain(_hub.Requests, path => path.EndsWith("ids.txt", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_NoTokenizerToBeHad_LoadsAndSaysSo()
    {
        AddCourse();
        var model = Load(Course);
        Assert.Null(model.Tokenizer);
        Assert.Contains("the model's is that of EleutherAI/gpt-neox-20b, which cannot be had", model.NoTokenizer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attn_only_2L_half.pth", 50278, "shortformer", "whose tensors' names and sizes these are")]
    [InlineData("other-name.pth", 50278, "shortformer", "whose tensors' names and sizes these are")]
    [InlineData("attn_only_2L_half.pth", 50277, "standard", "positions are taken to be standard")]
    public void Load_CoursesFileOfThisMachine_IsKnownByItsTensors(string name, int vocabulary, string positions, string said)
    {
        string path = _folder.PathOf(name);
        TorchArchive.Write(path, TorchArchive.AttentionOnly(2, 12, 768, 64, vocabulary, 2048));
        using var client = _hub.Client(_folder.PathOf("cache"));
        var weights = TransformerCheckpoint.LoadWeights(path, null, client, null, TestContext.Current.CancellationToken);
        Assert.Equal(positions, weights.Config.PositionalEmbedding);
        Assert.Contains(weights.Processing, note => note.Contains(said, StringComparison.Ordinal));
        Assert.Equal((12, 64, 2048), (weights.Config.Heads, weights.Config.DHead, weights.Config.Context));
    }

    [Theory]
    [InlineData("""{"shortformer_pos": true, "normalization": null, "attn_only": true}""", "shortformer", null)]
    [InlineData("""{"shortformer_pos": false, "normalization": null, "attn_only": true}""", "standard", null)]
    [InlineData("""{"attn_only": true}""", "standard", "LN")] // what is known of the model
    public void Load_NeelNandasModel_ReadsHisConfigurationAndCompletesIt(string config, string positions, string? normalization)
    {
        byte[] weights = Archive(gains: normalization == "LN");
        _hub.Add(Neel, "main", ("config.json", System.Text.Encoding.UTF8.GetBytes(config)), ("model_final.pth", weights),
            ("other.pth", weights), ("checkpoints/tokens_5000000000.pth", weights));
        var loaded = Load("attn-only-2l").Weights;
        Assert.Equal((Neel, positions, normalization),
            (loaded.Config.Name, loaded.Config.PositionalEmbedding, loaded.Config.Normalization));
        Assert.Equal($"attn-only-2l is TransformerLens' name of {Neel}", loaded.Processing[0]);
        Assert.DoesNotContain(_hub.Requests, path => path.Contains("other.pth", StringComparison.Ordinal));

        var early = Load($"{Neel}:checkpoints/tokens_5000000000.pth").Weights;
        Assert.Equal(positions, early.Config.PositionalEmbedding);
        Assert.Equal($"{Neel}:checkpoints/tokens_5000000000.pth", early.Config.Name);
    }

    [Fact]
    public void Load_Redwoods_IsShortformerWithLayerNorms()
    {
        _hub.Add("ArthurConmy/redwood_attn_2l", "main", ("model_final.pth", Archive(gains: true)));
        var config = Load("redwood_attn_2l").Weights.Config;
        Assert.Equal(("shortformer", "LN"), (config.PositionalEmbedding, config.Normalization));
    }

    [Theory]
    [InlineData("neel-config", "standard", "LN")]
    public void Load_SharedCase_HasWhatAForwardPassNeeds(string name, string positions, string normalization)
    {
        var weights = TransformerCheckpoint.Load(SharedFiles.PathOf("cases", "models", name)).Weights;
        Assert.Equal((positions, normalization), (weights.Config.PositionalEmbedding, weights.Config.Normalization));
        Assert.Null(weights.Config.NotRun);
    }

    private TransformerCheckpoint Load(string source)
    {
        using var client = _hub.Client(_folder.PathOf("cache"));
        return TransformerCheckpoint.Load(source, null, client, null, TestContext.Current.CancellationToken);
    }

    private void AddCourse() => _hub.Add(Course, "main", ("attn_only_2L_half.pth", Archive(gains: false)));

    private byte[] Archive(bool gains)
    {
        string path = _folder.PathOf($"{Guid.NewGuid():n}.pth");
        var tensors = TorchArchive.AttentionOnly(2, 2, 8, 4, 2000, 16);
        if (gains)
        {
            string[] norms = ["blocks.0.ln1", "blocks.1.ln1", "ln_final"];
            tensors = tensors.Concat(norms.SelectMany(norm => new[] { ($"{norm}.w", (long[])[8], 1f), ($"{norm}.b", [8], 0f) }));
        }
        TorchArchive.Write(path, tensors);
        return File.ReadAllBytes(path);
    }
}
