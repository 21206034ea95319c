using System.CommandLine;
using OVPipeline.Checkpoints;
using Spectre.Console;

namespace OVPipeline.Samples;

/// <summary>What every sample does the same: options that are shared, and failures said in one sentence.</summary>
internal static class Sample
{
    /// <summary>The folder of the embedded model, found from the working folder or from where the program lies.</summary>
    public static string EmbeddedModel => new[] { Environment.CurrentDirectory, AppContext.BaseDirectory }.SelectMany(Parents)
        .Select(folder => Path.Combine(folder, "data", "attn-only-2l-quarter")).FirstOrDefault(Directory.Exists) ?? Path.Combine("data", "attn-only-2l-quarter");

    /// <summary>The option that names the model.</summary>
    public static Option<string> Model { get; } = new("--model")
    {
        Description = "A checkpoint: a folder with config.json, weights and tokenizer, a file of weights, or a hub id such as gpt2.",
        DefaultValueFactory = _ => EmbeddedModel,
    };

    /// <summary>Runs a command line. A failure that a user can mend is one sentence on stderr and exit code 2.</summary>
    public static async Task<int> Run(RootCommand command, string[] args)
    {
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 120; // a file has no width of its own
        var parsed = command.Parse(args);
        try
        {
            int exit = await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
            return parsed.Errors.Count > 0 ? 2 : exit;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled.");
            return 130;
        }
        catch (Exception e) when (Innermost(e) is ArgumentException or IOException or UnauthorizedAccessException or FormatException or InvalidOperationException)
        {
            Console.Error.WriteLine(Sentence(Innermost(e)));
            return 2;
        }
    }

    private static Exception Innermost(Exception e) => e is CheckpointException or CircuitModelException || e.InnerException is null ? e : Innermost(e.InnerException);

    // .NET appends the parameter's name and value to the message; a reader of a console has no use for them.
    private static string Sentence(Exception e)
    {
        string message = e.Message.ReplaceLineEndings(" ");
        int parameter = e is ArgumentException ? message.IndexOf(" (Parameter '", StringComparison.Ordinal) : -1;
        return parameter < 0 ? message : message[..parameter];
    }

    private static IEnumerable<string> Parents(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            yield return at.FullName;
    }
}
