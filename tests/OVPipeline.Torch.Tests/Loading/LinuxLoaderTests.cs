using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class LinuxLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Loadable_OlderCppLibrary_IsAPatchedCopyAndTheOriginalIsLeftAlone()
    {
        byte[] original = File.ReadAllBytes(NativeFiles.TorchSharp);
        string copies = Path.Combine(_folder, "copies");
        string loadable = LinuxLoader.Loadable(NativeFiles.TorchSharp, NativeFiles.CppLibrary(_folder, withNewVersion: false), copies);
        Assert.Equal(Path.Combine(copies, "libLibTorchSharp.so"), loadable);
        Assert.Equal([loadable], Directory.GetFiles(copies));
        Assert.Equal(original, File.ReadAllBytes(NativeFiles.TorchSharp));
        byte[] patched = File.ReadAllBytes(loadable);
        // One version's flags and one symbol's binding.
        Assert.Equal(2, Enumerable.Range(0, original.Length).Count(i => original[i] != patched[i]));
    }

    [Fact]
    public void Loadable_NewCppLibrary_NeedsNoPatch()
    {
        string copies = Path.Combine(_folder, "copies");
        string cpp = NativeFiles.CppLibrary(_folder, withNewVersion: true);
        Assert.Equal(NativeFiles.TorchSharp, LinuxLoader.Loadable(NativeFiles.TorchSharp, cpp, copies));
        Assert.False(Directory.Exists(copies));
    }

    [Fact]
    public void Loadable_Again_ReusesTheCopyAndMendsADamagedOne()
    {
        string cpp = NativeFiles.CppLibrary(_folder, withNewVersion: false);
        string loadable = LinuxLoader.Loadable(NativeFiles.TorchSharp, cpp, _folder);
        byte[] patched = File.ReadAllBytes(loadable);
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(loadable, old);
        Assert.Equal(loadable, LinuxLoader.Loadable(NativeFiles.TorchSharp, cpp, _folder));
        Assert.Equal(old, File.GetLastWriteTimeUtc(loadable));
        File.WriteAllBytes(loadable, patched[..1000]);
        Assert.Equal(loadable, LinuxLoader.Loadable(NativeFiles.TorchSharp, cpp, _folder));
        Assert.Equal(patched, File.ReadAllBytes(loadable));
    }

    [Fact]
    public void Loadable_FolderThatCannotBeMade_PutsTheCopyElsewhere()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        string loadable = LinuxLoader.Loadable(NativeFiles.TorchSharp, NativeFiles.CppLibrary(_folder, withNewVersion: false),
            Path.Combine(file, "copies"));
        Assert.True(File.Exists(loadable));
        Directory.Delete(Path.GetDirectoryName(loadable)!, recursive: true);
    }

    [Fact]
    public void Loadable_VersionThatIsUsed_SaysWhichAndTheWaysOut()
    {
        string other = Path.Combine(Path.GetDirectoryName(NativeFiles.TorchSharp)!, "libc10.so"); // it has none of the versions
        var error = Assert.Throws<TorchUnavailableException>(() => LinuxLoader.Loadable(NativeFiles.TorchSharp, other, _folder));
        Assert.Contains("GLIBCXX_3.4.30", error.Message, StringComparison.Ordinal);
        Assert.Contains("libc10.so ends at", error.Message, StringComparison.Ordinal);
        Assert.Contains("TorchBackend=none", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PatchedCopyOnThisSystem_Works() => LinuxLoader.Load(NativeFiles.TorchSharp);
}
