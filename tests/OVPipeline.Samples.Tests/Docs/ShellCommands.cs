using System.Text.RegularExpressions;

namespace OVPipeline.Samples.Tests.Docs;

/// <summary>A command that a page shows.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Words">What a shell makes of it: the program and its arguments.</param>
internal sealed record ShellCommand(string Place, IReadOnlyList<string> Words)
{
    private static readonly string[] s_run = ["dotnet", "run", "-c", "Release"];

    /// <summary>
    /// The command as <see cref="DocumentedCommands"/> has it: for a program of this repository its folder and arguments, else all words.
    /// </summary>
    public string Text => string.Join(' ', Project is { } project ? [project, .. Arguments] : Words);

    /// <summary>The folder of a program of this repository that it runs; null for others.</summary>
    public string? Project => Words.Take(s_run.Length).SequenceEqual(s_run) && At("--project") is var at and > 0 ? Words[at + 1] : null;

    /// <summary>What is passed on to it.</summary>
    public IReadOnlyList<string> Arguments => At("--") is var at and > 0 ? [.. Words.Skip(at + 1)] : [];

    private int At(string word) => Words.ToList().IndexOf(word);
}

/// <summary>The commands of the pages, as a shell reads them: its functions, quotes and continued lines are its own business.</summary>
internal static partial class ShellCommands
{
    // What a page's lines may call beside dotnet, which is replaced by something that notes how it was called.
    private static readonly string[] s_tools = ["awk", "sed", "cat"];

    private static readonly string[] s_samples =
    [
        .. Directory.EnumerateDirectories(Path.Combine(MainJob.FindRoot(), "samples")).Select(folder => Path.GetFileName(folder)),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ShellCommand> All { get; } =
        [.. DocumentationPage.All.SelectMany(page => Blocks(page).Concat(Spans(page))).SelectMany(one => Read(one.Place, one.Script))];

    private static IEnumerable<(string Place, string Script)> Blocks(DocumentationPage page) => page.Blocks
        .Where(block => block.Language == "sh").Select(block => (block.ToString(), block.Code));

    // In sentences and tables a sample's name stands for the command that runs it. An option alone, or one with an ellipsis, is none.
    private static IEnumerable<(string Place, string Script)> Spans(DocumentationPage page) => page.Spans
        .Where(span => page.Name != "CHANGELOG.md" && !span.Text.Contains("...", StringComparison.Ordinal))
        .Where(span => span.Text.StartsWith("dotnet ", StringComparison.Ordinal)
            || s_samples.Any(sample => span.Text.StartsWith(sample + " ", StringComparison.Ordinal)))
        .Select(span => ($"{page}:{span.Line}", OptionWithoutValue().IsMatch(span.Text) ? span.Text + " VALUE" : span.Text));

    private static IEnumerable<ShellCommand> Read(string place, string script)
    {
        var folder = Directory.CreateTempSubdirectory("ovpipeline-sh-");
        try
        {
            string log = Path.Combine(folder.FullName, "log");
            string functions = string.Join('\n', s_samples.Select(sample =>
                $"{sample}() {{ dotnet run -c Release --project samples/{sample} -- \"$@\"; }}"));
            string note = $"printf '%s\\0' \"$@\" >> '{log}'; printf '\\n' >> '{log}'";
            Directory.CreateDirectory(Path.Combine(folder.FullName, ".ci"));
            Executable(Path.Combine(folder.FullName, ".ci", "run"), $"#!/bin/bash\nset -- .ci/run \"$@\"; {note}\n");
            string tools = Directory.CreateDirectory(Path.Combine(folder.FullName, "tools")).FullName;
            Executable(Path.Combine(tools, "dotnet"), $"#!/bin/bash\nset -- dotnet \"$@\"; {note}\n");
            foreach (string tool in s_tools)
                File.CreateSymbolicLink(Path.Combine(tools, tool), Path.Combine("/usr/bin", tool));
            var run = SampleProcess.Start("/usr/bin/env", folder.FullName,
                $"PATH={tools}", "/bin/bash", "--noprofile", "--norc", "-e", "-c", $"{functions}\n{script}");
            if (run.ExitCode != 0)
                return [new(place, ["not understood:", run.Error.Trim()])];
            string[] lines = File.Exists(log) ? File.ReadAllText(log).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
            return [.. lines.Select(line => new ShellCommand(place, line.Split('\0')[..^1]))];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Executable(string path, string text)
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [GeneratedRegex(@" --(heads|model|out|only|prompt|revisions)$")]
    private static partial Regex OptionWithoutValue();
}
