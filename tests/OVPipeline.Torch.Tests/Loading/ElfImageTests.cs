using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class ElfImageTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void IsUsed_RealLibrary_OnlyTheInitialisationIsUnused()
    {
        var image = ElfImage.Read(NativeFiles.TorchSharp);
        VersionNeed[] needs = [.. image.VersionNeeds.Where(need => need.Library == "libstdc++.so.6")];
        Assert.Contains(needs, need => need.Version == "CXXABI_1.3" && image.IsUsed(need));
        Assert.Equal([NativeFiles.NewVersion], needs.Where(need => !image.IsUsed(need)).Select(need => need.Version));
    }

    [Fact]
    public void DefinedVersions_SystemsCppLibrary_HoldTheOldestOnes() =>
        Assert.Superset(new HashSet<string> { "GLIBCXX_3.4", "CXXABI_1.3" },
            new HashSet<string>(ElfImage.Read(NativeFiles.SystemCppLibrary).DefinedVersions));

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Read_FileThatIsNotElf_SaysSo(int length)
    {
        File.WriteAllBytes(_file, new byte[length]);
        var error = Assert.Throws<BadImageFormatException>(() => ElfImage.Read(_file));
        Assert.Contains($"{_file} cannot be used: it is not a 64-bit little-endian ELF file.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(100_000)]
    public void Read_TruncatedLibrary_SaysSo(int length)
    {
        File.WriteAllBytes(_file, File.ReadAllBytes(NativeFiles.TorchSharp)[..length]);
        var error = Assert.Throws<BadImageFormatException>(() => ElfImage.Read(_file));
        Assert.Contains($"{_file} is damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnyByteOfTheHeaderWrong_ThrowsOneKindOfException()
    {
        byte[] library = File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(NativeFiles.TorchSharp)!, "libtorch.so"));
        for (int i = 0; i < 64; i++)
        {
            byte[] wrong = [.. library];
            wrong[i] ^= 0xff;
            File.WriteAllBytes(_file, wrong);
            if (Record.Exception(() => ElfImage.Read(_file)) is { } error)
                Assert.IsType<BadImageFormatException>(error);
        }
    }
}
