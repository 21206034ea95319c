using Xunit;

namespace OVPipeline.Core.Tests;

public sealed class FileExceptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovp-files-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reason_EachCause_IsInPlainWordsWithoutThePath()
    {
        string file = Path.Combine(_folder, "file"), missing = Path.Combine(_folder, "missing");
        File.WriteAllText(file, "");
        var denied = new UnauthorizedAccessException($"Access to the path '{file}' is denied.");
        Assert.Equal("permission denied", FileException.Reason(file, denied));
        Assert.Equal("it is a folder, not a file", FileException.Reason(_folder, new UnauthorizedAccessException()));
        Assert.Equal("there is no such file", FileException.Reason(missing, new FileNotFoundException()));
        Assert.Equal("there is no such file", FileException.Reason(missing, new DirectoryNotFoundException()));
        Assert.Equal($"{file} is a file, not a folder",
            FileException.Reason(Path.Combine(file, "a", "b"), new IOException("Not a directory")));
        Assert.Equal("No space left on device", FileException.Reason(file, new IOException($"No space left on device : '{file}'")));
    }

    [Fact]
    public void Write_BesideAFileThatIsNoFolder_NamesBoth()
    {
        string file = Path.Combine(_folder, "file"), target = Path.Combine(file, "sub", "a.txt");
        File.WriteAllText(file, "");
        var error = Assert.Throws<FileException>(() => AtomicFile.Write(target, path => File.WriteAllText(path, "")));
        Assert.Equal($"{target}: cannot be written: {file} is a file, not a folder.", error.Message);
        Assert.Equal(target, error.File);
    }

    [Fact]
    public void Write_OntoAFolder_SaysSoAndLeavesNothing()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "sub")).FullName;
        var error = Assert.Throws<FileException>(() => AtomicFile.Write(folder, path => File.WriteAllText(path, "")));
        Assert.StartsWith($"{folder}: cannot be written: ", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_ErrorThatNamesItsFile_IsLeftAsItIs()
    {
        var own = new FileException("another", "cannot be read.", new IOException("x"));
        Assert.Same(own, Assert.Throws<FileException>(() => AtomicFile.Write(Path.Combine(_folder, "a"), _ => throw own)));
    }
}
