using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class UnigramModelTests
{
    private const int Unknown = 0, Long = 1, Left = 2, Right = 3;

    [Fact]
    public void Encode_EquallyLikelySplits_TakesTheOneFoundFirst()
    {
        var model = Model(("ab", Long, -2), ("a", Left, -1), ("b", Right, -1));
        Assert.Equal([Long], Encode(model, "ab"));
    }

    [Theory]
    [InlineData(-11.01, Unknown, Right)] // unknown x: -12 - 10, then yz: -1, against xy: -12 and z
    [InlineData(-10.99, Long, Left)]
    public void Encode_UnknownCharacter_CostsTenMoreThanTheLeastLikelyToken(double scoreOfLast, params int[] expected)
    {
        var model = Model(("xy", Long, -12), ("z", Left, scoreOfLast), ("yz", Right, -1));
        Assert.Equal(expected, Encode(model, "xyz"));
    }

    [Fact]
    public void Encode_UnknownCharactersInARow_AreOneTokenAndApartTwo()
    {
        var model = Model(("a", Left, -1));
        Assert.Equal([Unknown, Left, Unknown], Encode(model, "uvau"));
    }

    private static UnigramModel Model(params (string Piece, int Id, double Score)[] pieces) =>
        new(pieces.ToDictionary(piece => piece.Piece, piece => (piece.Id, piece.Score)), Unknown, bytes: null);

    private static List<int> Encode(UnigramModel model, string text)
    {
        List<int> ids = [];
        model.Encode(text, ids);
        return ids;
    }
}
