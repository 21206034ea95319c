using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Models of a few pieces, written here as protocol buffers.</summary>
public sealed class SentencePieceScoresTests
{
    private const int Normal = 1, Unknown = 2, UserDefined = 4, Byte = 6;

    [Theory]
    [InlineData(0, 0, "ab c")] // equal scores: the leftmost
    [InlineData(0, -1, "a bc")]
    [InlineData(-1, 0, "ab c")]
    public void Encode_BytePairs_MergeByScoreThenFromTheLeft(float scoreOfRight, float scoreOfLeft, string expected)
    {
        byte[] model = Model(bpe: true, byteFallback: false, Piece("<unk>", 0, Unknown), Piece("bc", scoreOfRight),
            Piece("ab", scoreOfLeft), Piece("a", -9), Piece("b", -9), Piece("c", -9));

        Assert.Equal(expected, Encode(model, "abc"));
    }

    [Fact]
    public void Encode_SymbolOfTheUsers_CostsATenthMoreThanAsManyOfTheBestPieces()
    {
        byte[] model = Model(bpe: false, byteFallback: false, Piece("<unk>", 0, Unknown), Piece("a", -1), Piece("b", -1.05f),
            Piece("c", -1.2f), Piece("ab", 0, UserDefined), Piece("ac", 0, UserDefined));

        Assert.Equal("a b", Encode(model, "ab")); // -2.05 against -2.1
        Assert.Equal("ac", Encode(model, "ac")); // -2.2 against -2.1
    }

    [Fact]
    public void Encode_UnigramWithByteFallback_WritesUnknownTextInBytes()
    {
        byte[][] bytes = [.. Enumerable.Range(0, 256).Select(value => Piece($"<0x{value:X2}>", 0, Byte))];
        byte[] model = Model(bpe: false, byteFallback: true, [Piece("<unk>", 0, Unknown), Piece("a", -1), .. bytes]);

        Assert.Equal("a <0xC3> <0xA9>", Encode(model, "aé"));
    }

    [Fact]
    public void TryRead_NoTokens_IsNoTiktokenFile() => Assert.Null(TiktokenFile.TryRead("\n\n"u8.ToArray()));

    private static string Encode(byte[] model, string text)
    {
        var tokenizer = SentencePieceFile.Read("file", model).Tokenizer!;
        return string.Join(' ', tokenizer.EncodeToTokens(text, out _).Select(token => token.Value));
    }

    // ModelProto { pieces ...; trainer_spec { model_type, byte_fallback }; normalizer_spec { no prefix, spaces as they are } }
    private static byte[] Model(bool bpe, bool byteFallback, params byte[][] pieces) =>
    [
        .. pieces.SelectMany(piece => Field(0x0A, piece)),
        .. Field(0x12, [0x18, (byte)(bpe ? 2 : 1), 0x98, 0x02, (byte)(byteFallback ? 1 : 0)]),
        .. Field(0x1A, [0x18, 0, 0x20, 0, 0x28, 0]),
    ];

    private static byte[] Piece(string text, float score, int kind = Normal) =>
        [.. Field(0x0A, Encoding.UTF8.GetBytes(text)), 0x15, .. BitConverter.GetBytes(score), 0x18, (byte)kind];

    private static byte[] Field(byte tag, byte[] content) => [tag, (byte)content.Length, .. content];
}
