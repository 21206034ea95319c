using System.Text.Json;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Tokenizers in GGUF files against those of the files that they were made of, and against llama.cpp.</summary>
public sealed class GgufTokensTests : IDisposable
{
    private const int Rows = 4000;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> BytePairs => new()
    {
        { "gpt2", "gpt-2" }, { "llama3", "llama-bpe" }, { "qwen", "qwen2" }, { "bloom", "bloom" },
    };

    public static TheoryData<string> PreTokenizers =>
        ["gpt-2", "llama-bpe", "dbrx", "qwen2", "starcoder", "deepseek-v3", "tekken", "gpt-4o", "seed-coder", "bloom", "viking"];

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(BytePairs))]
    public void Tokens_BytePairs_GiveTheReferencesIds(string fixture, string pre)
    {
        var read = Read(OfJson(fixture, pre));
        Assert.Null(read.NoTokenizer);
        AssertIds(read, "ids.txt", fixture);
        var expected = CheckpointTokenizer.Load(Repository.Fixture("Tokenizers", fixture), Rows).Vocabulary;
        Assert.Equal(expected.Tokens, read.Vocabulary.Tokens);
    }

    [Theory, MemberData(nameof(PreTokenizers))]
    public void Tokens_EveryWayToCutWords_GiveLlamasIds(string pre) => AssertLlamasIds(OfJson("gpt2", pre));

    [Fact]
    public void Tokens_SentencePiece_GiveTheReferencesIdsAndLlamas()
    {
        byte[] content = File.ReadAllBytes(Repository.PathOf("data", "attn-only-2l-quarter", "tokenizer.model"));
        var gguf = OfPieces(content, "llama");
        var read = Read(gguf);
        Assert.Null(read.NoTokenizer);
        Assert.Equal("␣t", read.Vocabulary[260]);
        AssertLlamasIds(gguf);
        AssertIds(read, "attn-only-2l-quarter.ids");
    }

    [Fact]
    public void Tokens_Unigrams_GiveTheReferencesIds()
    {
        var read = Read(OfPieces(File.ReadAllBytes(Repository.Fixture("Tokenizers", "unigram-model", "spiece.model")), "t5"));
        Assert.Null(read.NoTokenizer);
        AssertIds(read, "ids.txt", "unigram-model");
    }

    [Theory]
    [InlineData("The quick, UNAFFABLE résumé!", "5 6 13 7 8 9 10 14")]
    [InlineData("don't [MASK] hello", "15 16 17 4 11")]
    [InlineData("xyz a ab", "1 18 18 12")]
    public void Tokens_WordPieces_GiveTheReferencesIdsAndLlamas(string text, string ids)
    {
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁the", "▁quick", "▁un", "aff", "able", "▁resume", "▁hello", "b",
            "▁,", "▁!", "▁don", "▁'", "▁t", "▁a"];
        var gguf = new GgufFile().Set("general.architecture", "bert").Set("tokenizer.ggml.model", "bert")
            .Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.token_type", tokens.Select(token => token[0] == '[' ? 3 : 1).ToArray())
            .Set("tokenizer.ggml.unknown_token_id", 1u).Set("tokenizer.ggml.padding_token_id", 0u).Set("tokenizer.ggml.bos_token_id", 2u)
            .Set("tokenizer.ggml.seperator_token_id", 3u).Set("tokenizer.ggml.mask_token_id", 4u);
        var read = Read(gguf);
        Assert.Equal(ids, string.Join(' ', read.Tokenizer!.EncodeToIds(text)));
        Assert.Equal(["the", "##aff"], new[] { read.Vocabulary[5], read.Vocabulary[8] });
        using var llama = new LlamaVocabulary(gguf.Save(_folder.PathOf("bert.gguf")));
        Assert.Equal(ids, string.Join(' ', llama.Encode(text)));
    }

    [Theory]
    [InlineData("tokenizer.ggml.pre", "somebody-new", "tokenizer.ggml.pre: is 'somebody-new', a way to cut words that is not known here.")]
    [InlineData("tokenizer.ggml.pre", 5, "tokenizer.ggml.pre: must be a text, is I32.")]
    [InlineData("tokenizer.ggml.model", "rwkv", "tokenizer.ggml.model: is 'rwkv', a kind of tokenizer that is not known here.")]
    [InlineData("tokenizer.ggml.merges", new[] { "a b c" }, "merges[0]: is not a merge of two tokens into a third.")]
    [InlineData("tokenizer.ggml.merges", 1, "tokenizer.ggml.merges: must be texts, is I32.")]
    public void Tokens_NotKnown_KeepTheNamesAndSayWhy(string key, object value, string reason)
    {
        var values = new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "gpt-2",
            ["tokenizer.ggml.tokens"] = new[] { "a", "b", "Ġa" },
            ["tokenizer.ggml.merges"] = new[] { "Ġ a" },
            [key] = value,
        };
        var gguf = new GgufFile();
        foreach ((string name, object content) in values)
            gguf.Set(name, content);
        var read = Read(gguf);
        Assert.Null(read.Tokenizer);
        Assert.EndsWith(reason, read.NoTokenizer, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], read.Vocabulary.Tokens.Take(2));
    }

    [Fact]
    public void Tokens_ListsThatDoNotFit_LeaveRowsWithoutNames()
    {
        var tokens = new[] { "a", "b", "c" };
        AssertNameless(new GgufFile().Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.tokens", tokens), 2,
            "does not fit the weights: there are 3 tokens and 2 rows of W_E");
        AssertNameless(new GgufFile().Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.token_type", new[] { 1 }), 3, "token_type: has 1 entries for 3 tokens");
        AssertNameless(new GgufFile().Set("tokenizer.ggml.model", "llama").Set("tokenizer.ggml.tokens", tokens)
            .Set("tokenizer.ggml.scores", new[] { 1, float.NaN, 0 }), 3, "scores: has a number that is not finite");
    }

    // SentencePiece itself finds no marks in text, and Qwen's tokenizer composes it first: GGUF files say neither, and llama.cpp does
    // neither.
    private static void AssertIds(CheckpointTokens read, string file, params string[] folder)
    {
        string[] expected = File.ReadAllText(Repository.Fixture(["Tokenizers", .. folder, file])).Split('\n')[..^1];
        var lines = Sample.Lines.Zip(expected).Where(line => !line.First.Contains('<', StringComparison.Ordinal)
            && UnicodeForm.C(line.First) == line.First).ToList();
        Assert.InRange(lines.Count, 20, expected.Length);
        Assert.All(lines, line => Assert.Equal(line.Second, string.Join(' ', read.Tokenizer!.EncodeToIds(line.First))));
    }

    private void AssertNameless(GgufFile gguf, int rows, string reason)
    {
        var read = CheckpointTensors.Open(gguf.Save(_folder.PathOf("x.gguf"))).Contents.Tokens!(rows);
        Assert.Contains(reason, read.NoTokenizer, StringComparison.Ordinal);
        Assert.Equal("<token 0>", read.Vocabulary[0]);
    }

    private CheckpointTokens Read(GgufFile gguf) =>
        CheckpointTensors.Open(gguf.Save(_folder.PathOf("tokens.gguf"))).Contents.Tokens!(Rows);

    private void AssertLlamasIds(GgufFile gguf)
    {
        var tokenizer = Read(gguf).Tokenizer!;
        using var llama = new LlamaVocabulary(_folder.PathOf("tokens.gguf"));
        Assert.All(Sample.Lines, line => Assert.Equal($"{line}: {string.Join(' ', llama.Encode(line))}",
            $"{line}: {string.Join(' ', tokenizer.EncodeToIds(line))}"));
    }

    // As the converter writes a tokenizer.json: tokens by id, kinds, merges.
    private static GgufFile OfJson(string fixture, string pre)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Repository.Fixture("Tokenizers", fixture, "tokenizer.json")));
        var model = json.RootElement.GetProperty("model");
        var tokens = model.GetProperty("vocab").EnumerateObject()
            .ToDictionary(token => token.Value.GetInt32(), token => (token.Name, Kind: 1));
        foreach (var added in json.RootElement.GetProperty("added_tokens").EnumerateArray())
        {
            tokens[added.GetProperty("id").GetInt32()] =
                (added.GetProperty("content").GetString()!, added.GetProperty("special").GetBoolean() ? 3 : 4);
        }
        var ordered = tokens.OrderBy(token => token.Key).Select(token => token.Value).ToArray();
        Assert.Equal(tokens.Count, tokens.Keys.Max() + 1);
        return new GgufFile().Set("general.architecture", "llama").Set("tokenizer.ggml.model", "gpt2").Set("tokenizer.ggml.pre", pre)
            .Set("tokenizer.ggml.tokens", ordered.Select(token => token.Name).ToArray())
            .Set("tokenizer.ggml.token_type", ordered.Select(token => token.Kind).ToArray())
            .Set("tokenizer.ggml.bos_token_id", 0u).Set("tokenizer.ggml.eos_token_id", 0u)
            .Set("tokenizer.ggml.merges", model.GetProperty("merges").EnumerateArray().Select(merge =>
                merge.ValueKind == JsonValueKind.String
                    ? merge.GetString()!
                    : string.Join(' ', merge.EnumerateArray().Select(part => part.GetString()))).ToArray());
    }

    private static GgufFile OfPieces(byte[] content, string model)
    {
        var pieces = SentencePieceModel.Parse("tokenizer.model", content);
        return new GgufFile().Set("general.architecture", "llama").Set("tokenizer.ggml.model", model)
            .Set("tokenizer.ggml.tokens", pieces.Pieces.Select(piece => piece.Text).ToArray())
            .Set("tokenizer.ggml.scores", pieces.Pieces.Select(piece => piece.Score).ToArray())
            .Set("tokenizer.ggml.token_type", pieces.Pieces.Select(piece => (int)piece.Kind).ToArray())
            .Set("tokenizer.ggml.precompiled_charsmap", pieces.CharacterMap.ToByteArray())
            .Set("tokenizer.ggml.add_space_prefix", pieces.AddDummyPrefix)
            .Set("tokenizer.ggml.remove_extra_whitespaces", pieces.RemoveExtraSpaces)
            .Set("tokenizer.ggml.bos_token_id", 1u).Set("tokenizer.ggml.eos_token_id", 2u).Set("tokenizer.ggml.unknown_token_id", 0u);
    }
}
