using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Packages.Tests;

/// <summary>The property that chooses libtorch, where no source has the package that it names.</summary>
public sealed class BackendTests(PackedPackages packages)
{
    [Fact]
    public void Restore_SourcesWithoutTheBackend_NamesThePackage()
    {
        string folder = packages.FolderFor("backend"), root = SharedFiles.Root;
        File.WriteAllText(
            Path.Combine(folder, "backend.csproj"),
            $"""<Project Sdk="Microsoft.NET.Sdk"><Import Project="{root}/src/OVPipeline.Torch/TorchBackend.props" /></Project>""");
        var run = CommandRun.Of(folder, new Dictionary<string, string>(), "dotnet", "restore", "-p:TorchBackend=cuda-linux",
            $"-p:DirectoryPackagesPropsPath={root}/Directory.Packages.props", "--source", Path.GetDirectoryName(packages.All[0].Path)!);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error NU1101: Unable to find package TorchSharp-cuda-linux.", run.Output, StringComparison.Ordinal);
    }
}
