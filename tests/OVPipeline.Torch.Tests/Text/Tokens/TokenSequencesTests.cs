using System.Text;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TokenSequencesTests : IDisposable
{
    // What numpy.save wrote of numpy.array([[1, 2, 3], [4, 5, 0]]), int64.
    private const string SavedByNumpy =
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAg"
        + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAEAAAAAAAAAAUAAAAAAAAAAAAAAAAAAAA=";

    private static readonly TransformerConfig s_config = new()
    {
        Name = "letters",
        Layers = 1,
        Heads = 1,
        DModel = 4,
        DHead = 4,
        Vocabulary = 6,
        OutputVocabulary = 3,
        Context = 4,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-sequences-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_Text_TakesSpacesTabsAndCommas()
    {
        var found = TokenSequences.Read(File("0 1 2\n\n 3,4 ,5\t0\r\n1\n"), s_config);
        Assert.Equal([[0, 1, 2], [3, 4, 5, 0], [1]], found.Sequences);
        Assert.Null(found.Targets);
        Assert.Equal((8, "tokens.txt", null), (found.Tokens, found.Source, found.Start));
    }

    [Fact]
    public void Read_Targets_AreOneAPositionOrThatOfTheLast()
    {
        var found = TokenSequences.Read(File("5 0 1\n5 2 3 4\n"), s_config, File("- 2 0\n1\n", "targets.txt"));
        Assert.Equal([[-1, 2, 0], [-1, -1, -1, 1]], found.Targets!);
        Assert.Equal(5, found.Start);
        Assert.Equal([0, 1, 2, 3, 4], found.DistinctTokens());
    }

    [Fact]
    public void Read_SavedByNumpy_IsItsRows() =>
        Assert.Equal([[1, 2, 3], [4, 5, 0]], TokenSequences.Read(Bytes(Convert.FromBase64String(SavedByNumpy)), s_config).Sequences);

    [Theory]
    [InlineData(">i4", false, "0000000100000002000000030000000400000005 00000000")]
    [InlineData("<i4", true, "0100000004000000020000000500000003000000 00000000")]
    [InlineData("|u1", false, "010203040500")]
    [InlineData("<i2", false, "0100020003000400 05000000")]
    public void Read_NpyOfAnyIntegers_IsItsRows(string type, bool isFortran, string data) =>
        Assert.Equal([[1, 2, 3], [4, 5, 0]], TokenSequences.Read(Bytes(Npy(type, isFortran, "(2, 3)", data)), s_config).Sequences);

    [Fact]
    public void Read_NpyOfOneDimension_IsOneSequence()
    {
        string targets = Bytes(Npy("<i2", false, "(3,)", "ffff0200feff"), "targets.npy");
        var found = TokenSequences.Read(Bytes(Npy("<i2", false, "(3,)", "030001000200")), s_config, targets);
        Assert.Equal([3, 1, 2], found.Sequences.Single());
        Assert.Equal(2, found.Targets!.Single()[1]);
        Assert.All(new[] { 0, 2 }, position => Assert.True(found.Targets![0][position] < 0));
    }

    [Theory]
    [InlineData("0 1\n2 6 1\n", "tokens.txt, line 2, column 2: 6 is no token of letters, which has 6: 0 to 5.")]
    [InlineData("0 1\n\n2 -3\n", "tokens.txt, line 3, column 2: -3 is no token of letters")]
    [InlineData("0 99999999999\n", "column 2: a number of more than 31 bits is no token")]
    [InlineData("0 - 1\n", "line 1, column 2: a position left out is no token")]
    [InlineData("0 1\n0 b 1\n", "tokens.txt, line 2, column 2: 'b' is no integer.")]
    [InlineData("0 1.0\n", "column 2: '1.0' is no integer.")]
    [InlineData("", "tokens.txt is empty: it has no sequence.")]
    [InlineData("\n \n", "tokens.txt is empty: it has no sequence.")]
    [InlineData("0 1\n0 1 2 3 4\n", "tokens.txt, line 2 has 5 tokens; letters has 4 positions.")]
    public void Read_WhatIsNoSequences_SaysWhere(string text, string said) => Says(said, () => TokenSequences.Read(File(text), s_config));

    [Theory]
    [InlineData("0 1 2\n", "targets.txt has targets of 1 sequences, tokens.txt has 2.")]
    [InlineData("0 1\n0 1\n", "targets.txt, line 1 has 2 targets, its sequence has 3 tokens: one for each, or a single one for the last.")]
    [InlineData("0 1 3\n0 1\n", "targets.txt, line 1, column 3: 3 is no output of letters, which has 3: 0 to 2.")]
    [InlineData("- - -\n-\n", "targets.txt has no target: every position is left out.")]
    public void Read_TargetsThatDoNotFit_SaysWhere(string targets, string said) =>
        Says(said, () => TokenSequences.Read(File("0 1 2\n3 4\n"), s_config, File(targets, "targets.txt")));

    [Theory]
    [InlineData("<f4", "(2, 1)", "0000803f00000040", "tokens.npy holds '<f4'; token ids are integers")]
    [InlineData("<i4", "(2, 1, 1)", "0100000002000000", "has the shape (2, 1, 1); sequences are of one dimension or of two.")]
    [InlineData("<i4", "()", "01000000", "has the shape ();")]
    [InlineData("<i4", "(2, 2)", "0100000002000000", "has 8 bytes of data, its shape takes 16.")]
    [InlineData("<i4", "(2, 1)", "0100000006000000", "tokens.npy, row 2, column 1: 6 is no token of letters")]
    [InlineData("<i4", "(0, 3)", "", "tokens.npy is empty")]
    [InlineData("<i4", "(3, 0)", "", "tokens.npy is empty")]
    [InlineData("<i8", "(1, 1)", "0100000001000000", "a number of more than 31 bits is no token")]
    public void Read_NpyThatIsNoSequences_SaysWhy(string type, string shape, string data, string said) =>
        Says(said, () => TokenSequences.Read(Bytes(Npy(type, false, shape, data)), s_config));

    [Fact]
    public void Read_NoNpyAtAll_SaysSo()
    {
        Says("tokens.npy is no .npy file", () => TokenSequences.Read(Bytes([1, 2, 3]), s_config));
        Says("ends within its header", () => TokenSequences.Read(Bytes(Convert.FromBase64String(SavedByNumpy)[..60]), s_config));
        var missing = Assert.Throws<FileException>(() => TokenSequences.Read(Path.Combine(_folder, "none.txt"), s_config));
        Assert.Contains("there is no such file", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_LengthsThatDiffer_AreTogetherByLength()
    {
        var sequences = new TokenSequences("s", [[1, 2], [1], [3, 4], [5, 0], [2]]);
        Assert.Equal([[0, 2], [3], [1, 4]], sequences.Batches(2));
    }

    [Fact]
    public void OrNextTokens_NoTargets_AreTheNextTokens()
    {
        var sequences = new TokenSequences("s", [[1, 2, 3], [4]]).OrNextTokens();
        Assert.Equal([[2, 3, -1], [-1]], sequences.Targets!);
        Assert.Same(sequences, sequences.OrNextTokens());
        Assert.Equal([[-1]], sequences.Part(1, 1).Targets!);
    }

    private static void Says(string said, Action read) =>
        Assert.Contains(said, Assert.Throws<FormatException>(read).Message, StringComparison.Ordinal);

    private static byte[] Npy(string type, bool isFortran, string shape, string data)
    {
        string fields = $"{{'descr': '{type}', 'fortran_order': {(isFortran ? "True" : "False")}, 'shape': {shape}, }}";
        string header = fields.PadRight(117) + "\n";
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.Latin1.GetBytes(header),
            .. Convert.FromHexString(data.Replace(" ", "", StringComparison.Ordinal))];
    }

    private string File(string text, string name = "tokens.txt")
    {
        string path = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private string Bytes(byte[] bytes, string name = "tokens.npy")
    {
        string path = Path.Combine(_folder, name);
        System.IO.File.WriteAllBytes(path, bytes);
        return path;
    }
}
