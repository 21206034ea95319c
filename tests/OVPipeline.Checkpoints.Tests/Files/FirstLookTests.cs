using System.IO.Compression;
using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class FirstLookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>What nothing here reads: its first bytes, and the sentence.</summary>
    public static TheoryData<string, string> Unreadable => new()
    {
        { Bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
            "is a Git LFS pointer, not the file itself: run git lfs pull in its folder." },
        { Bytes("/annex/objects/MD5-s5--00\n"), "is a git-annex pointer, not the file itself: run git annex get on it." },
        { Bytes("<!DOCTYPE html>\n<html><head><title>404</title></head></html>"),
            "is an HTML page, such as a hub sends in place of a file that is not there or that one may not have: "
                + "fetch the file itself, with a token where it needs one." },
        { Bytes("\uFEFF\n <HTML><body>Sign in</body></HTML>"), "is an HTML page, such as" },
        { Bytes("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"), "is an XML page, such as a store sends" },
        { "1F8B080000000000", "is gzip: gunzip it, and name the file that comes out." },
        { "FD377A585A000004", "is xz: unxz it, and name the file that comes out." },
        { "28B52FFD04000000", "is Zstandard: unzstd it, and name the file that comes out." },
        { Bytes("BZh91AY&SY"), "is bzip2: bunzip2 it, and name the file that comes out." },
        { "04224D1864000000", "is LZ4: unlz4 it" },
        { "377ABCAF271C0004", "is a 7z archive: unpack it, and name the file inside." },
        { Bytes("Rar!\x1A\x07\x01\0"), "is a RAR archive: unpack it" },
        { Bytes("model.pth".PadRight(257, '\0') + "ustar\0"), "is a tar archive: unpack it (tar xf), and name the folder or file inside." },
        { "894844460D0A1A0A00000000", "is HDF5, as Keras writes it: load it there and save its weights as safetensors." },
        { "934E554D505901007600", "is a NumPy array without a name: save a model's arrays with safetensors.numpy.save_file." },
        { Bytes("\x1C\0\0\0TFL3\0\0"), "is a TensorFlow Lite model: save the model it was made from as safetensors." },
        { "080112C802000000", "is a TensorFlow SavedModel: load it there and save its weights as safetensors." },
        { Bytes("model_checkpoint_path: \"model.ckpt-1\"\n"), "is TensorFlow's list of checkpoints: load the model there" },
        { "81A6" + Bytes("params") + "82", "is MessagePack, as Flax writes it: load it there and save its weights as safetensors." },
        { Bytes("tjgg\x03\0\0\0"), "is GGML, the format before GGUF: convert it to GGUF with llama.cpp." },
        { "", "is empty: fetch or save it again." },
        { new string('0', 200), "is nothing but zeros where it begins: it was cut while it was fetched; fetch it again." },
        { "FFFE7B000D000A00", "is text in UTF-16: save it as UTF-8." },
        { Bytes("%PDF-1.7\n"), "is a PDF document: name a model's weights." },
        { Bytes("Invalid username or password."), "is text, not weights; it begins with 'Invalid username or password.'." },
        { Bytes("{\"error\":\n  \"Not found\"}"), "is JSON, not weights; it begins with '{\"error\": \"Not found\"}'." },
        { "C0C1F5FF00010203", "is of no kind that is known here, not weights" },
    };

    [Theory, MemberData(nameof(Unreadable))]
    public void OpenFile_WhatNothingReads_SaysWhatItIsAndWhatToDo(string hex, string sentence)
    {
        foreach (string name in new[] { "model.bin", "a.weights" })
        {
            string path = Write(name, Convert.FromHexString(hex));
            var error = Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path));
            Assert.StartsWith($"{path}: {sentence}", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("080312077079746F7263683A00")] // ir_version, producer_name, a graph of no bytes
    [InlineData("080842040A0010133A050A")] // ir_version, opset_import, a graph that the file's end cuts
    [InlineData("080A120A3A00")] // producer's text holds what looks like a graph: no graph
    [InlineData("3A00080A")] // the graph first
    public void At_ModelProto_IsOnnxOnlyWhereItsFieldsAre(string hex)
    {
        bool onnx = hex is not "080A120A3A00";
        var look = FirstLook.At(ReadOnlyFile.Open(Write("m", Convert.FromHexString(hex))));
        Assert.Equal(onnx, look.Kind == FileKind.Onnx);
    }

    [Fact]
    public void At_SentencePieceModel_IsNoOnnx() =>
        Assert.Equal(FileKind.Unknown, FirstLook.At(ReadOnlyFile.Open(
            Repository.PathOf("data", "attn-only-2l-quarter", "tokenizer.model"))).Kind);

    [Theory]
    [InlineData("arrays/arr_0.npy", "is a NumPy archive (.npz): save its arrays with safetensors.numpy.save_file.")]
    [InlineData("TrainingInfo/Version.txt", "is a model that ML.NET saved: ask it with ScoreToken, or load it with ml.Model.Load.")]
    [InlineData("[Content_Types].xml", "is a document or program in a zip archive: name a model's weights.")]
    [InlineData("META-INF/MANIFEST.MF", "is a document or program in a zip archive: name a model's weights.")]
    [InlineData("TransformerChain/Model.key", "is a model that ML.NET saved: ask it with ScoreToken, or load it with ml.Model.Load.")]
    public void OpenFile_ZipOfAnotherProgram_SaysWhose(string entry, string sentence)
    {
        string path = _folder.PathOf("m.pth");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
            zip.CreateEntry(entry);
        Assert.Equal($"{path}: {sentence}", Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path)).Message);
    }

    [Fact]
    public void OpenFile_TensorFlowIndex_IsKnownByItsEnd()
    {
        byte[] bytes = new byte[60];
        bytes[0] = 1;
        Convert.FromHexString("57FB808B247547DB").CopyTo(bytes, 52);
        string path = Write("model.ckpt.index", bytes);
        Assert.Contains("is the index of a TensorFlow checkpoint: ",
            Assert.Throws<CheckpointException>(() => CheckpointTensors.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.bin")]
    [InlineData("model.pth")]
    [InlineData("model")]
    public void Open_SafetensorsUnderAnyName_IsRead(string name)
    {
        string path = _folder.PathOf(name);
        SafetensorsWriter.Write(path, TinyModel.Tensors());
        Assert.Equal(("safetensors", TinyModel.Tensors().Count),
            (CheckpointTensors.Open(path).Contents.Format, CheckpointTensors.Open(path).Tensors.Count));
    }

    [Fact]
    public void Open_PyTorchNamedSafetensors_IsRead()
    {
        string path = _folder.PathOf("model.safetensors");
        File.Copy(Repository.Fixture("PyTorch", "protocol4.pth"), path);
        Assert.Equal("PyTorch", CheckpointTensors.Open(path).Contents.Format);
    }

    [Fact]
    public void At_CutCharacterAtTheHeadsEnd_IsText()
    {
        byte[] text = Encoding.UTF8.GetBytes("a" + new string('é', 10));
        Assert.Equal(FileKind.Text, FirstLook.At(text.AsSpan(0, 10), 2000).Kind);
        Assert.Equal(FileKind.Unknown, FirstLook.At([.. "abc"u8, 0xE9, .. "def"u8], 7).Kind);
    }

    private static string Bytes(string text) => Convert.ToHexString(
        text.All(c => c < 256) ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text));

    private string Write(string name, byte[] bytes)
    {
        string path = _folder.PathOf(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
