using System.IO.Compression;
using System.Text;
using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TextTokenizationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-text-").FullName;
    private readonly TrainingTokenizer _tokenizer = TrainingTokenizer.Load(Path.Combine(Root, "data", "attn-only-2l-quarter"));

    private static string Root => SharedFiles.Root;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_EmbeddedTokenizer_FindsItsPieces() =>
        Assert.Equal((3142, 3, 14), (_tokenizer.Vocabulary, _tokenizer.Separator, _tokenizer.LineBreak));

    [Fact]
    public void Write_Paragraphs_AreEncodedOnTheirOwn()
    {
        string file = Text("a.txt", "One line\nand its other half.\n\n\nThe second.\n<|endoftext|>\n<|endoftext|>\nAnother book.");
        Assert.Equal([.. _tokenizer.Encode("One line and its other half."), 14, .. _tokenizer.Encode("The second."), 14, 3,
            .. _tokenizer.Encode("Another book."), 14, 3],
            Ids(new(file)));
    }

    [Fact]
    public void Write_LineBreaksKept_EveryLineIsEncodedOnItsOwn()
    {
        string file = Text("a.c", "int x;\r\n\n    return 2;\nlast");
        Assert.Equal([.. _tokenizer.Encode("int x;"), 14, .. _tokenizer.Encode("    return 2;"), 14, .. _tokenizer.Encode("last"), 14, 3],
            Ids(new(file, 1, true)));
        Assert.Equal([.. _tokenizer.Encode("int x;"), 14, 3], Ids(new(file, 1, true) { LongestDocument = 5 }));
    }

    [Fact]
    public void Write_FolderWithPackedAndBinaryFiles_TakesTheTextInOrder()
    {
        Text("texts/b.txt", "second");
        Text("texts/sub/c.txt", "third");
        File.WriteAllBytes(Path.Combine(_folder, "texts", "d.bin"), [1, 2, 0xff, 0xfe]);
        File.WriteAllBytes(Path.Combine(_folder, "texts", "e.bin"), [(byte)'a', 0, (byte)'b']);
        using (var packed = new GZipStream(File.Create(Path.Combine(_folder, "texts", "a.gz")), CompressionMode.Compress))
            packed.Write("first"u8);
        Assert.Equal(new[] { "first", "second", "third" }.SelectMany(text => (int[])[.. _tokenizer.Encode(text), 14, 3]),
            Ids(new(Path.Combine(_folder, "texts"))));
        var text = TextTokenization.Write(new(Path.Combine(_folder, "texts")), _tokenizer, Path.Combine(_folder, "x.tokens"));
        Assert.Equal((3, 2, 3), (text.Files, text.SkippedFiles, text.Documents));
        Assert.Equal(text.Tokens, TokenFile.Open(Path.Combine(_folder, "x.tokens")).Count);
    }

    [Fact]
    public void Write_AnyNumberOfThreads_SameBytes()
    {
        var random = new SplitMix64(1);
        var text = new StringBuilder();
        for (int i = 0; i < 60_000; i++)
            text.Append((char)('a' + random.Below(26))).Append(random.Below(8) == 0 ? "\n\n" : random.Below(3) == 0 ? " " : "");
        string file = Text("a.txt", text.ToString());
        byte[][] written = [.. new[] { 1, 3 }.Select(threads =>
        {
            string path = Path.Combine(_folder, $"{threads}.tokens");
            TextTokenization.Write(new(file), _tokenizer, path, threads);
            return File.ReadAllBytes(path);
        })];
        Assert.Equal(written[0], written[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n \n<|endoftext|>\n")]
    public void Write_NoText_SaysSoAndLeavesNoFile(string content)
    {
        string file = Text("a.txt", content), path = Path.Combine(_folder, "out", "a.tokens");
        var error = Assert.Throws<CheckpointException>(() => TextTokenization.Write(new(file), _tokenizer, path));
        Assert.Contains("holds no text", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Write_NamedFileThatIsNoText_SaysSo()
    {
        string file = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(file, [(byte)'a', 0xff]);
        var error = Assert.Throws<CheckpointException>(
            () => TextTokenization.Write(new(file), _tokenizer, Path.Combine(_folder, "a.tokens")));
        Assert.Contains($"{file}: is not UTF-8 text", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoSuchText_SaysSo()
    {
        string none = Path.Combine(_folder, "none", "*.txt");
        var error = Assert.Throws<FileNotFoundException>(
            () => TextTokenization.Write(new(none), _tokenizer, Path.Combine(_folder, "a.tokens")));
        Assert.Contains("no such text file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenizerWithoutSeparator_SaysHowToTrainOne()
    {
        string file = Path.Combine(_folder, "tokenizer.model");
        byte[] Piece(string text, params byte[] kind) =>
            [0x0A, (byte)(text.Length + 2 + kind.Length), 0x0A, (byte)text.Length, .. Encoding.UTF8.GetBytes(text), .. kind];
        File.WriteAllBytes(file, [.. Piece("<unk>", 0x18, 2), .. Piece("a")]);
        var error = Assert.Throws<CheckpointException>(() => TrainingTokenizer.Load(_folder));
        Assert.Contains("no piece <|endoftext|>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_ToolThatIsNotInstalled_SaysHowToGetIt()
    {
        string file = Text("a.txt", "some text");
        var error = Assert.Throws<InvalidOperationException>(
            () => SentencePieceTrainer.Train([new(file)], 400, Path.Combine(_folder, "t.model"), tool: "no-such-spm_train"));
        Assert.Contains("no-such-spm_train is not installed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_WithTheTool_GivesATokenizerForTraining()
    {
        string[] paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        Assert.SkipUnless(paths.Any(path => File.Exists(Path.Combine(path, "spm_train"))), "spm_train is not installed.");
        string file = Text("a.txt", string.Join("\n\n",
            Enumerable.Range(0, 400).Select(i => $"The {i}th paragraph of the text speaks of the number {i * i} and of nothing else.")));
        string model = Path.Combine(_folder, "new", "tokenizer.model");
        SentencePieceTrainer.Train([new(file)], 320, model);
        var tokenizer = TrainingTokenizer.Load(model);
        Assert.Equal((320, 3, 14), (tokenizer.Vocabulary, tokenizer.Separator, tokenizer.LineBreak));
        Assert.InRange(tokenizer.Encode("The paragraph speaks of nothing.").Count, 2, 20);
        var error = Assert.Throws<InvalidOperationException>(() => SentencePieceTrainer.Train([new(file)], 100_000, model));
        Assert.Contains("spm_train failed", error.Message, StringComparison.Ordinal);
    }

    private string Text(string name, string content)
    {
        string file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }

    private int[] Ids(TextSource source)
    {
        string path = Path.Combine(_folder, "ids.tokens");
        TextTokenization.Write(source, _tokenizer, path);
        using var file = TokenFile.Open(path);
        long[] ids = new long[file.Count];
        file.Read(0, ids);
        return [.. ids.Select(id => (int)id)];
    }
}
