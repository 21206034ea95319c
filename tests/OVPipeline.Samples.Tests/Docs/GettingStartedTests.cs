using Xunit;

namespace OVPipeline.Samples.Tests.Docs;

public sealed class GettingStartedTests
{
    [Fact]
    public void Commands_OfThePage_MakeAProjectThatRefersToThisOne()
    {
        using var workplace = new Workplace();
        Directory.CreateSymbolicLink(Path.Combine(workplace.Folder, "OVPipeline"), MainJob.FindRoot());
        string[] places = [.. ShellCommands.All.Select(command => command.Place.Split(':')[0])];
        foreach (var command in ShellCommands.All.Where((_, i) => places[i] == "docs/getting-started.md"))
        {
            var run = SampleProcess.Start(command.Words[0], workplace.Folder, [.. command.Words.Skip(1)]);
            Assert.True(run.ExitCode == 0, run.Output + run.Error);
        }
        string project = File.ReadAllText(Path.Combine(workplace.Folder, "MyCircuits", "MyCircuits.csproj"));
        Assert.Contains("OVPipeline.csproj\" />", project, StringComparison.Ordinal);
    }
}
