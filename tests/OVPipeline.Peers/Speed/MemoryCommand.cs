using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace OVPipeline.Peers;

/// <summary>
/// Measures what models of up to 1.6 billion weights take: memory to hold them, tokens a second. Each way of holding them is a process of
/// its own, one after the other.
/// </summary>
internal static class MemoryCommand
{
    private static readonly (string Name, string[] Options)[] s_ways =
    [
        ("single precision", []),
        ("bfloat16", ["--bf16"]),
        ("bfloat16, half the layers", ["--bf16", "--budget", "half"]),
        ("too small a budget", ["--budget", "64"]),
    ];

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("memory", "Writes large models of random weights and measures memory and tokens a second.");
        var shape = new Option<string>("--shape") { Description = "gpt2-xl, llama-1.1b or both.", DefaultValueFactory = _ => "both" };
        var prompt = new Option<int>("--prompt") { Description = "Tokens of the prompt.", DefaultValueFactory = _ => 256 };
        var generated = new Option<int>("--generated") { Description = "Tokens to generate.", DefaultValueFactory = _ => 8 };
        var threads = new Option<int>("--threads") { Description = "Threads.", DefaultValueFactory = _ => 2 };
        foreach (Option option in new Option[] { shape, prompt, generated, threads })
            command.Add(option);
        shape.AcceptOnlyFromAmong("both", LargeModel.Gpt2Xl.Name, LargeModel.Llama1B.Name);
        command.SetAction(parsed => Run(parsed.GetValue(shape)!,
            [parsed.GetValue(prompt), parsed.GetValue(generated), parsed.GetValue(threads)]));
        command.Add(MemoryRun.Create());
        return command;
    }

    private static int Run(string shape, int[] numbers)
    {
        var table = new Table().Border(TableBorder.Markdown)
            .AddColumns("model", "weights held in", "memory, MiB", "with the file, MiB", "load, s", "prompt, tokens a second",
                "generated, tokens a second");
        foreach (var model in new[] { LargeModel.Gpt2Xl, LargeModel.Llama1B }.Where(model => shape is "both" || shape == model.Name))
        {
            var folder = Directory.CreateTempSubdirectory("ovpipeline-large-");
            try
            {
                model.Write(folder.FullName);
                foreach (var (name, options) in s_ways)
                    table.AddRow([model.Name, name, .. Measured(folder.FullName, numbers, options)]);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Random weights, stored in half precision; a prompt of {numbers[0]} tokens, {numbers[1]} after it; threads: {numbers[2]}."));
        AnsiConsole.WriteLine("Memory is the highest that was the process's own; the file is mapped, and its pages can be taken back.");
        return 0;
    }

    private static string[] Measured(string folder, int[] numbers, string[] options)
    {
        string self = Path.Combine(AppContext.BaseDirectory, "OVPipeline.Peers.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (string argument in (string[])[self, "memory", "run", folder,
            .. numbers.Select(number => number.ToString(CultureInfo.InvariantCulture)), .. options])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        string[] fields = [.. lines.LastOrDefault()?.Split('\t') ?? [], .. Enumerable.Repeat("", 5)];
        return process.ExitCode == 0 ? fields[..5] : [$"ended with {process.ExitCode}", "", "", "", ""];
    }
}
