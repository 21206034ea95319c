using System.Text;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class NoTokenizerTests
{
    private const string Model = """ "model":{"type":"BPE","vocab":{"a":0},"merges":[]}} """;

    [Theory]
    [InlineData("tokenizer.json", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 17\n", "Git LFS pointer", "<token 0>")]
    [InlineData("tokenizer.model", "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 17\n", "git lfs pull", "<token 0>")]
    [InlineData("tokenizer.json", "<!DOCTYPE html><html></html>", "is an HTML page", "<token 0>")]
    [InlineData("tokenizer.json", "{", "is not JSON", "<token 0>")]
    [InlineData("tokenizer.json", """{"normalizer":{"type":"Precompiled"},""" + Model, "$.normalizer.type: is 'Precompiled'", "a")]
    [InlineData("tokenizer.json", """{"pre_tokenizer":{"type":"UnicodeScripts"},""" + Model, "'UnicodeScripts'", "a")]
    [InlineData("tokenizer.json", """{"model":{"type":"Mystery","vocab":{"a":0}}}""", "'Mystery'", "a")]
    [InlineData("tokenizer.json", """{"model":{"type":"BPE","dropout":0.5,"vocab":{"a":0},"merges":[]}}""", "at random", "a")]
    [InlineData("tokenizer.json", """{"model":{"type":"WordPiece","vocab":{"a":0}}}""", "[UNK]", "a")]
    [InlineData("tokenizer.model", "YQ== 0\nYg== 1\n", "tiktoken", "a")]
    [InlineData("vocab.json", """{"a":0}""", "names the tokenizer's class", "a")]
    [InlineData("vocab.txt", "a\nb\n", "is not BERT's", "a")]
    [InlineData("vocab.txt", "The\n[UNK]\n[CLS]\n[SEP]\n", "do_lower_case", "The")]
    [InlineData("tekken.json", "{}", "tekken.json is of a kind that is not read here", "<token 0>")]
    [InlineData("nothing.txt", "", "has none of tokenizer.json, tokenizer.model", "<token 0>")]
    public void Load_FileNotKnown_SaysWhyAndKeepsTheNames(string name, string content, string reason, string first)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.PathOf(name), content, new UTF8Encoding(false));

        CheckpointTokens tokens = CheckpointTokenizer.Load(folder.Path, 4);

        Assert.Null(tokens.Tokenizer);
        Assert.Contains(reason, tokens.NoTokenizer, StringComparison.Ordinal);
        Assert.EndsWith(".", tokens.NoTokenizer, StringComparison.Ordinal);
        Assert.Equal(first, tokens.Vocabulary[0]);
    }

    [Theory]
    [InlineData("""{"tokenizer_class":"CTRLTokenizer"}""", "CTRLTokenizer")]
    [InlineData("""{"tokenizer_class":"CLIPTokenizer"}""", "no tokens that end in </w>")]
    [InlineData("""{"tokenizer_class":"BertTokenizer"}""", "vocab.txt")]
    [InlineData("{}", "neither tokenizer_config.json nor config.json")]
    [InlineData("[1", "is not JSON")]
    public void Load_VocabularyAndMergesOfAnotherClass_SaysWhy(string config, string reason)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.Fixture("Tokenizers", "gpt2-files", "vocab.json"), folder.PathOf("vocab.json"));
        File.Copy(Repository.Fixture("Tokenizers", "gpt2-files", "merges.txt"), folder.PathOf("merges.txt"));
        File.WriteAllText(folder.PathOf("tokenizer_config.json"), config);

        CheckpointTokens tokens = CheckpointTokenizer.Load(folder.Path, 700);

        Assert.Null(tokens.Tokenizer);
        Assert.Contains(reason, tokens.NoTokenizer, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EndOfWordUnderGpt2sClass_SaysWhy()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.PathOf("vocab.json"), """{"a":0,"b</w>":1,"ab</w>":2}""");
        File.WriteAllText(folder.PathOf("merges.txt"), "a b</w>\n");
        File.WriteAllText(folder.PathOf("tokenizer_config.json"), """{"tokenizer_class":"GPT2Tokenizer"}""");

        Assert.Contains("</w>", CheckpointTokenizer.Load(folder.Path, 3).NoTokenizer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("XLMRobertaTokenizer")]
    [InlineData("PegasusTokenizer")]
    [InlineData("AlbertTokenizerFast")]
    public void Load_SentencePieceOfAClassWithOtherIds_SaysWhy(string name)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.PathOf("data", "attn-only-2l-quarter", "tokenizer.model"), folder.PathOf("tokenizer.model"));
        File.WriteAllText(folder.PathOf("tokenizer_config.json"), $$"""{"tokenizer_class":"{{name}}"}""");

        CheckpointTokens tokens = CheckpointTokenizer.Load(folder.Path, 3142);

        Assert.Null(tokens.Tokenizer);
        Assert.Contains(name.Replace("Fast", "", StringComparison.Ordinal), tokens.NoTokenizer, StringComparison.Ordinal);
        Assert.Equal("␣t", tokens.Vocabulary[260]);
    }

    [Fact]
    public void Load_TokenizerThatFits_HasNoReason() =>
        Assert.Null(CheckpointTokenizer.Load(Repository.PathOf("data", "attn-only-2l-quarter"), 3142).NoTokenizer);

    [Theory]
    [InlineData("tok-lfs", "git lfs pull")]
    [InlineData("tok-tiktoken-model", "tiktoken")]
    public void Load_Case_LoadsTheWeightsAndSaysWhy(string name, string reason)
    {
        string folder = SharedFiles.PathOf("cases", "checkpoints", name);

        TransformerCheckpoint model = TransformerCheckpoint.Load(folder);

        Assert.Null(model.Tokenizer);
        Assert.Contains(reason, model.NoTokenizer, StringComparison.Ordinal);
        Assert.Equal(model.Weights.Config.Vocabulary, model.Vocabulary.Count);
    }

    [Theory]
    [InlineData("tok-bytes-some", "xxéa", "2 3 1 0")]
    [InlineData("tok-lower", "İΣS", "0 1 2 4")]
    [InlineData("tok-nfkc", "ａⓑ", "1 2")]
    [InlineData("tok-wordpiece", "Hello worlds", "5 6 7")]
    [InlineData("tok-wordlevel", "hello zzz a", "5 0 1")]
    [InlineData("tok-possessive", "\n hello", "4 10 11")]
    public void EncodeToIds_Case_EqualsHuggingFace(string name, string text, string ids)
    {
        string folder = SharedFiles.PathOf("cases", "checkpoints", name);

        Assert.Equal(ids, string.Join(' ', TransformerCheckpoint.Load(folder).Tokenizer!.EncodeToIds(text)));
    }
}
