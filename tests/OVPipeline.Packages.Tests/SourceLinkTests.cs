using System.Text.Json;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Packages.Tests;

/// <summary>A release: built from a commit in a clone of a public repository, on whatever machine.</summary>
public sealed class SourceLinkTests(PackedPackages packages)
{
    private const string Repository = "https://github.com/somebody/ovpipeline";

    [Fact]
    public void Pack_SameCommitInTwoFolders_IsTheSameToTheBitAndNamesItsSources()
    {
        Assert.SkipUnless(Path.Exists(Path.Combine(SharedFiles.Root, ".git")), "Not a clone.");
        PackedPackage first = PackIn("clone-1"), second = PackIn("another/clone-2");

        const string Library = "lib/net10.0/OVPipeline.Core.dll";
        Assert.Equal(first.Files[Library], second.Files[Library]);
        Assert.Equal(first.Symbols(), second.Symbols());

        var (sources, link) = PackedPackage.Debugging(first.Symbols());
        Assert.All(sources, source => Assert.StartsWith("/_/", source, StringComparison.Ordinal));
        string commit = first.Repository("commit")!;
        Assert.Equal($"https://raw.githubusercontent.com/somebody/ovpipeline/{commit}/*",
            JsonDocument.Parse(link!).RootElement.GetProperty("documents").GetProperty("/_/*").GetString());
        Assert.Equal((Repository, Repository), (first.Repository("url"), first["projectUrl"]));
    }

    private PackedPackage PackIn(string name)
    {
        string folder = packages.NewFolder(name), output = Path.Combine(folder, "packages");
        CommandRun.Require(folder, "git", "clone", "--quiet", "--shared", "--no-checkout", SharedFiles.Root, "repository");
        string repository = Path.Combine(folder, "repository");
        CommandRun.Require(repository, "git", "remote", "set-url", "origin", Repository);
        CommandRun.Require(repository, "git", "sparse-checkout", "set", "src"); // with the files at the top
        CommandRun.Require(repository, "git", "checkout", "--quiet");
        CommandRun.Require(repository, "dotnet", "pack", "src/OVPipeline.Core", "-c", "Release", "-nologo", "-v:quiet", "-o", output,
            "-p:ContinuousIntegrationBuild=true", "-p:RunAnalyzers=false");
        return PackedPackage.Read(Directory.GetFiles(output, "*.nupkg").Single());
    }
}
