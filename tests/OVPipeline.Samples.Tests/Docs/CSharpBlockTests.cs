using Xunit;

namespace OVPipeline.Samples.Tests.Docs;

/// <summary>Every C# block of the pages compiles, and what is not said to be too long runs and prints what its page says.</summary>
public sealed class CSharpBlockTests
{
    private static readonly CSharpProgram[] s_all = [.. DocumentationPage.All.SelectMany(CSharpProgram.Of)];

    public static TheoryData<string> Ran => [.. s_all.Where(program => program.IsRun).Select(program => program.Name)];

    [Fact]
    public void Blocks_TooLongToRun_Compile()
    {
        string dll = Path.Combine(Path.GetTempPath(), $"page-{Guid.NewGuid():N}.dll");
        try
        {
            Assert.All(s_all.Where(program => !program.IsRun), program => Assert.Empty(program.Compile(dll)));
        }
        finally
        {
            File.Delete(dll);
        }
    }

    [Theory]
    [MemberData(nameof(Ran))]
    public void Block_Run_PrintsWhatThePageSays(string name)
    {
        var program = Named(name);
        using var workplace = new Workplace();
        var run = program.Run(workplace.Folder);
        TestContext.Current.TestOutputHelper?.WriteLine(run.Output); // with -showLiveOutput it is what a page may say
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        if (program.Prints is { } prints)
            Assert.Equal(Lines(prints), Lines(run.Output));
    }

    // Without what stands at the ends of lines, which tables fill and editors take off.
    private static string Lines(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).TrimEnd();

    private static CSharpProgram Named(string name) => s_all.Single(program => program.Name == name);
}
