using System.Text.Json;
using Microsoft.ML.Tokenizers;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class JsonTokenizerTests
{
    public static TheoryData<string> Layouts =>
    [
        "gpt2", "prefix-space", "neox", "llama3", "qwen", "deepseek", "bloom", "splits", "llama2", "mistral", "gemma", "unknown",
        "unknown-fused", "unigram",
    ];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EncodeToIds_MultilingualSample_EqualsHuggingFace(string layout) =>
        Sample.AssertSameIds(Load(layout).Tokenizer!, layout, "ids.txt");

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Decode_ReferenceIds_EqualsHuggingFace(string layout)
    {
        Tokenizer tokenizer = Load(layout).Tokenizer!;
        string[] ids = File.ReadAllText(Repository.Fixture("Tokenizers", layout, "ids.txt")).Split('\n')[..^1];
        string[] texts = JsonSerializer.Deserialize<string[]>(File.ReadAllText(Repository.Fixture("Tokenizers", layout, "decoded.json")))!;

        Assert.All(ids.Zip(texts), pair => Assert.Equal(pair.Second, tokenizer.Decode(pair.First.Split(' ').Select(int.Parse))));
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void EncodeToTokens_Sample_OffsetsAreIntoTheNormalizedText(string layout)
    {
        Tokenizer tokenizer = Load(layout).Tokenizer!;
        foreach (string line in Sample.Lines)
        {
            IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(line, out string? normalized);

            Assert.Equal(tokenizer.EncodeToIds(line), tokens.Select(t => t.Id));
            Assert.All(tokens, t => Assert.Equal(t.Value, normalized![t.Offset]));
        }
    }

    [Fact]
    public void Load_ByteLevel_ShowsTextNotTheByteAlphabet()
    {
        Vocabulary vocabulary = Load("gpt2").Vocabulary;

        Assert.Contains("␣the", vocabulary.Tokens);
        Assert.Contains(@"\n", vocabulary.Tokens);
        Assert.Contains("<0xE2>", vocabulary.Tokens);
        Assert.Contains("<|endoftext|>", vocabulary.Tokens);
        Assert.DoesNotContain(vocabulary.Tokens, token => token.Contains('Ġ', StringComparison.Ordinal));
        Assert.Equal("<pad 699>", vocabulary[699]);
    }

    [Fact]
    public void Load_ByteFallback_ShowsSpaces()
    {
        Vocabulary vocabulary = Load("llama2").Vocabulary;

        Assert.Contains("␣the", vocabulary.Tokens);
        Assert.Contains("<0x0A>", vocabulary.Tokens);
        Assert.Contains("<s>", vocabulary.Tokens);
    }

    [Fact]
    public void EncodeToIds_LoneSurrogate_IsTheReplacementCharacter()
    {
        Tokenizer tokenizer = Load("gpt2").Tokenizer!;

        Assert.Equal(tokenizer.EncodeToIds("a\uFFFDb"), tokenizer.EncodeToIds("a\uD800b"));
    }

    [Fact]
    public void EncodeToIds_EmptyText_IsEmpty() =>
        Assert.All(Layouts, layout => Assert.Empty(Load((string)layout).Tokenizer!.EncodeToIds("")));

    [Fact]
    public void EncodeToIds_TokensLimited_GivesTheFirst()
    {
        Tokenizer tokenizer = Load("gpt2").Tokenizer!;
        string line = Sample.Lines[0];

        Assert.Equal(tokenizer.EncodeToIds(line).Take(5), tokenizer.EncodeToIds(line, 5, out _, out _));
    }

    [Fact]
    public void Decode_ShortDestination_SaysSo()
    {
        Tokenizer tokenizer = Load("gpt2").Tokenizer!;
        IReadOnlyList<int> ids = tokenizer.EncodeToIds("The quick brown");
        Span<char> destination = stackalloc char[5];

        Assert.Equal(System.Buffers.OperationStatus.DestinationTooSmall, tokenizer.Decode(ids, destination, out int used, out int written));
        Assert.StartsWith(new string(destination[..written]), "The quick brown", StringComparison.Ordinal);
        Assert.InRange(used, 1, ids.Count - 1);
    }

    [Theory]
    [InlineData("""{"normalizer":{"type":"Precompiled"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""")]
    [InlineData("""
        {"pre_tokenizer":{"type":"Split","pattern":{"Regex":"[^a[^b]]"},"behavior":"Isolated"},
        "model":{"type":"BPE","vocab":{"a":0},"merges":[]}}
        """)]
    [InlineData("""{"pre_tokenizer":{"type":"UnicodeScripts"},"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}""")]
    [InlineData("""
        {"pre_tokenizer":{"type":"Split","pattern":{"Regex":"a++*"},"behavior":"Isolated"},
        "model":{"type":"BPE","vocab":{"a":0},"merges":[]}}
        """)]
    [InlineData("""{"model":{"type":"BPE","dropout":0.1,"vocab":{"a":0},"merges":[]}}""")]
    public void Load_StepNotKnown_HasVocabularyOnly(string json) => Assert.Null(LoadJson(json, 1).Tokenizer);

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("[]", "has no 'model'")]
    [InlineData("""{"model":{"vocab":{}}}""", "holds no tokens")]
    [InlineData("""{"model":{"vocab":{"a":-1}}}""", "must be a whole number from 0, was -1")]
    [InlineData("""{"model":{"vocab":{"a":4000000000}}}""", "must be a whole number from 0, was 4000000000")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":["a b"]}}""", "$.model.merges[0]: is not a merge")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":[7]}}""", "must be of kind String, was 7")]
    [InlineData("""{"model":{"vocab":{"a":0},"merges":[],"unk_token":"b"}}""", "not in the vocabulary")]
    [InlineData("""{"model":{"vocab":{"\ud800":0},"merges":[]}}""", "$.model.vocab")]
    [InlineData("""{"model":{"vocab":{"a":0}},"added_tokens":[{"id":1,"content":"\ud800"}]}""", "$.added_tokens[0].content")]
    [InlineData("""{"model":{"vocab":{"a":0,"b":1}}}""", "2 tokens, 1 of them beyond the 1 rows of W_E")]
    [InlineData("""{"model":{"type":"Unigram","unk_id":3,"vocab":[["a",0.0]]}}""", "is 3, of 1 tokens")]
    [InlineData("""{"pre_tokenizer":{"type":"Punctuation","behavior":"7"},"model":{"vocab":{"a":0},"merges":[]}}""", "no way to split")]
    public void Load_WrongFile_SaysThePlace(string json, string message) =>
        Assert.Contains(message, LoadJson(json, 1).NoTokenizer, StringComparison.Ordinal);

    [Fact]
    public void Load_AddedTokensBeyondTheRows_AreLeftOut() =>
        Assert.Equal(["a"], LoadJson("""{"model":{"vocab":{"a":0}},"added_tokens":[{"id":1,"content":"<mask>"}]}""", 1).Vocabulary.Tokens);

    [Fact]
    public void Load_AddedTokensBesideSentencePiece_AreNamed()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Repository.PathOf("data", "attn-only-2l-quarter", "tokenizer.model"), folder.PathOf("tokenizer.model"));
        File.WriteAllText(folder.PathOf("added_tokens.json"), """{"<extra>":3142}""");
        File.WriteAllText(
            folder.PathOf("tokenizer_config.json"), """{"added_tokens_decoder":{"3143":{"content":"<more>","special":true}}}""");

        Vocabulary vocabulary = CheckpointTokenizer.Load(folder.Path, 3145).Vocabulary;

        Assert.Equal(["<extra>", "<more>", "<pad 3144>"], vocabulary.Tokens.Skip(3142));
    }

    [Fact]
    public void Load_TruncatedOrMutated_ThrowsCheckpointExceptionOrReads()
    {
        var random = new Random(7);
        foreach (string layout in new[] { "gpt2", "llama2", "unigram" })
        {
            byte[] content = File.ReadAllBytes(Repository.Fixture("Tokenizers", layout, "tokenizer.json"));
            for (int i = 0; i < 60; i++)
            {
                byte[] bad = content[..(i < 20 ? random.Next(content.Length) : content.Length)];
                for (int k = 0; k < 3 && bad.Length > 0; k++)
                    bad[random.Next(Math.Min(bad.Length, i % 2 == 0 ? 700 : bad.Length))] = (byte)random.Next(256);
                if (Record.Exception(() => TokenizerJsonFile.Read("bad", bad).Tokens.ToVocabulary("bad", 1200)) is { } e)
                    Assert.IsType<CheckpointException>(e);
            }
        }
    }

    private static CheckpointTokens Load(string layout) =>
        CheckpointTokenizer.Load(Repository.Fixture("Tokenizers", layout), layout == "gpt2" ? 700 : 1200);

    private static CheckpointTokens LoadJson(string json, int rows)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.PathOf("tokenizer.json"), json);
        return CheckpointTokenizer.Load(folder.Path, rows);
    }
}
