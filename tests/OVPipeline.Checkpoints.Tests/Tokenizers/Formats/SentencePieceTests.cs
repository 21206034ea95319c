using Microsoft.ML.Tokenizers;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class SentencePieceTests
{
    private static readonly string Folder = Repository.PathOf("data", "attn-only-2l-quarter");

    [Fact]
    public void Load_SmallModel_NamesEveryToken()
    {
        (Vocabulary vocabulary, Tokenizer? tokenizer, _) = CheckpointTokenizer.Load(Folder, 3142);

        Assert.NotNull(tokenizer);
        Assert.Equal(3142, vocabulary.Count);
        Assert.Equal(["<unk>", "<s>", "</s>", "<|endoftext|>", "<0x00>"], vocabulary.Tokens.Take(5));
        Assert.Equal("<0x0A>", vocabulary[14]);
        Assert.Equal("␣t", vocabulary[260]);
        Assert.Equal("he", vocabulary[261]);
        Assert.Equal("X", vocabulary[3141]);
    }

    [Fact]
    public void EncodeToIds_MultilingualSample_EqualsSentencePiece()
    {
        Tokenizer tokenizer = CheckpointTokenizer.Load(Folder, 3142).Tokenizer!;

        Sample.AssertSameIds(tokenizer, "attn-only-2l-quarter.ids");
    }

    [Theory]
    [InlineData("bpe-model")]
    [InlineData("unigram-model")]
    public void EncodeToIds_TrainedModel_EqualsSentencePiece(string folder) =>
        Sample.AssertSameIds(CheckpointTokenizer.Load(Repository.Fixture("Tokenizers", folder), 1000).Tokenizer!, folder, "ids.txt");

    [Fact]
    public void Load_FewerPiecesThanRows_NamesTheRestPads() =>
        Assert.Equal("<pad 3199>", CheckpointTokenizer.Load(Folder, 3200).Vocabulary[3199]);

    [Fact]
    public void Load_MorePiecesThanRows_SaysBothCounts()
    {
        CheckpointTokens tokens = CheckpointTokenizer.Load(Folder, 3000);

        Assert.Null(tokens.Tokenizer);
        Assert.Contains("3142 tokens, 142 of them beyond the 3000 rows of W_E", tokens.NoTokenizer, StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine(Folder, "tokenizer.model"), tokens.NoTokenizer, StringComparison.Ordinal);
        Assert.Equal("<token 0>", tokens.Vocabulary[0]);
    }

    [Fact]
    public void Load_FolderWithoutTokenizer_NamesTokensByNumber()
    {
        using var folder = new TemporaryFolder();

        (Vocabulary vocabulary, Tokenizer? tokenizer, _) = CheckpointTokenizer.Load(folder.Path, 3);

        Assert.Null(tokenizer);
        Assert.Equal(["<token 0>", "<token 1>", "<token 2>"], vocabulary.Tokens);
    }

    [Fact]
    public void Read_CutOffAnywhere_ThrowsCheckpointExceptionOrReads()
    {
        byte[] content = File.ReadAllBytes(Path.Combine(Folder, "tokenizer.model"));
        for (int length = 0; length < content.Length; length += length < 200 ? 1 : 997)
        {
            byte[] cut = content[..length];
            if (Record.Exception(() => SentencePieceModel.Parse("cut", cut)) is { } e)
                Assert.IsType<CheckpointException>(e);
        }
    }

    [Fact]
    public void Parse_LengthBeyondTheFile_Throws() =>
        Assert.Throws<CheckpointException>(() => SentencePieceModel.Parse("long", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x00]));

    [Fact]
    public void Parse_PieceTooLong_Throws()
    {
        byte[] piece = [0x0A, 0x81, 0x08, .. Enumerable.Repeat((byte)'a', 1025)];

        CheckpointException e = Assert.Throws<CheckpointException>(() => SentencePieceModel.Parse("long", [0x0A, 0x84, 0x08, .. piece]));

        Assert.Contains("1025 characters", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_PieceNotUtf8_Throws() =>
        Assert.Throws<CheckpointException>(() => SentencePieceModel.Parse("bad", [0x0A, 0x03, 0x0A, 0x01, 0xFF]));

    [Fact]
    public void Read_BpeWithCharacterMap_HasVocabularyOnly()
    {
        // ModelProto { pieces { piece: "a" } trainer_spec { model_type: BPE } normalizer_spec { precompiled_charsmap: "x" } }
        byte[] content = [0x0A, 0x03, 0x0A, 0x01, (byte)'a', 0x12, 0x02, 0x18, 0x02, 0x1A, 0x03, 0x12, 0x01, (byte)'x'];

        (TokenTable tokens, Tokenizer? tokenizer, _) = SentencePieceFile.Read("file", content);

        Assert.Null(tokenizer);
        Assert.Equal(["a"], tokens.ToVocabulary("file", 1).Tokens);
    }
}
