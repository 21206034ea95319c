using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Samples.Tests.Docs;

/// <summary>
/// Every command of the pages is run here, by a test that is named, or by CI; of the others the options are held to the code.
/// </summary>
public sealed class CommandTests
{
    private static readonly ShellCommand[] s_commands = [.. ShellCommands.All.DistinctBy(command => command.Text)];

    public static TheoryData<string> OfSamples =>
        [.. s_commands.Where(command => IsSample(command) && command.Arguments.Count > 0).Select(command => command.Text)];

    public static TheoryData<string> Ran =>
        [.. s_commands.Select(command => command.Text).Where(text => DocumentedCommands.All.GetValueOrDefault(text) is HeldCommand.Run)];

    [Fact]
    public void Commands_OfThePages_AreHeldToSomething()
    {
        string[] loose =
        [
            .. ShellCommands.All.Where(command => !DocumentedCommands.All.ContainsKey(command.Text) && !IsQuick(command))
                .Select(command => $"{command.Place}: {command.Text}"),
        ];
        Assert.True(loose.Length == 0, $"Say in DocumentedCommands what holds:\n{string.Join('\n', loose)}");
        string[] stale = [.. DocumentedCommands.All.Keys.Except(s_commands.Select(command => command.Text))];
        Assert.True(stale.Length == 0, $"No page has:\n{string.Join('\n', stale)}");
    }

    [Fact]
    public void Tests_ThatRunCommands_AreThere()
    {
        string tests = Path.Combine(MainJob.FindRoot(), "tests");
        foreach (var (command, held) in DocumentedCommands.All)
            if (held is HeldCommand.Tested tested)
            {
                string[] names = tested.Test.Split('.');
                string? file = Directory.EnumerateFiles(tests, names[0] + ".cs", SearchOption.AllDirectories).FirstOrDefault();
                Assert.True(file is not null, $"There is no {names[0]}.cs to run '{command}'.");
                Assert.Matches($@"\bpublic (async Task|void) {names[1]}\(", File.ReadAllText(file!));
            }
            else if (held is HeldCommand.InCI step)
                Assert.Contains(step.Line, File.ReadAllText(Path.Combine(MainJob.FindRoot(), ".ci", "run")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OfSamples))]
    public void Command_OfASample_IsReadByIt(string text)
    {
        var command = Named(text);
        var run = SampleProcess.Run(Path.GetFileName(command.Project!), ["[diagram]", .. command.Arguments]);
        Assert.True(run.ExitCode == 0, $"{command.Place}: {text}\n{run.Output}{run.Error}");
    }

    [Fact]
    public void Commands_OfOtherPrograms_HaveOptionsThatAreThere()
    {
        foreach (var command in s_commands.Where(command => command.Project is not null && !IsSample(command)))
        {
            string folder = Path.Combine(MainJob.FindRoot(), command.Project!);
            Assert.True(Directory.Exists(folder), $"{command.Place}: there is no {command.Project}.");
            string[] files = Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories);
            string source = string.Concat(files.Select(File.ReadAllText));
            if (command.Project!.EndsWith(".Tests", StringComparison.Ordinal))
                continue; // its options are xunit's
            foreach (string word in command.Arguments.Where((word, i) => i == 0 || word.StartsWith("--", StringComparison.Ordinal)))
                Assert.True(source.Contains($"\"{word}\"", StringComparison.Ordinal), $"{command.Place}: {command.Project} has no {word}.");
        }
    }

    [Theory]
    [MemberData(nameof(Ran))]
    public void Command_Run_Succeeds(string text)
    {
        var command = Named(text);
        string? smaller = ((HeldCommand.Run)DocumentedCommands.All[text]).Smaller;
        string[] arguments = smaller?.Split(' ') ?? [.. command.Arguments];
        using var workplace = new Workplace();
        var run = SampleProcess.Run(Path.GetFileName(command.Project!), arguments, workplace.Folder);
        Assert.True(run.ExitCode == 0, $"{command.Place}: {text}\n{run.Output}\n{run.Error}");
        Assert.NotEmpty(run.Output);
    }

    private static bool IsSample(ShellCommand command) => command.Project?.StartsWith("samples/", StringComparison.Ordinal) ?? false;

    // A program of one file, all of which are run by a test of their own.
    private static bool IsQuick(ShellCommand command) =>
        command.Words is ["dotnet", "run", "-c", "Release", var file]
        && file.StartsWith("samples/quick/", StringComparison.Ordinal) && File.Exists(Path.Combine(MainJob.FindRoot(), file));

    private static ShellCommand Named(string text) => s_commands.First(command => command.Text == text);
}
