using System.CommandLine;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Samples.TrainModel;

/// <summary>The command that makes a token file, for runs that share one.</summary>
internal static class TokenizeCommand
{
    private static readonly Option<FileInfo> Target = new("--out")
    {
        Description = "The token file, whose name ends in .tokens.",
        Required = true,
    };

    public static Command Create()
    {
        var tokenize = new Command("tokenize", "Turns text into a token file.") { Target, RunOptions.TrainTokenizer };
        TextOptions.AddTo(tokenize);
        tokenize.SetAction((parsed, cancellationToken) =>
        {
            Run(parsed, cancellationToken);
            return Task.FromResult(0);
        });
        return tokenize;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (TextOptions.Sources(parsed) is not [var source])
            throw new ArgumentException("Name one text: a token file is made of one file, folder or pattern.");
        string path = parsed.GetRequiredValue(Target).FullName;
        string? model = parsed.GetValue(TextOptions.Tokenizer);
        int threads = parsed.GetValue(TextOptions.Threads);
        if (parsed.GetValue(RunOptions.TrainTokenizer) is { } pieces)
        {
            model = Path.ChangeExtension(path, ".model");
            SentencePieceTrainer.Train([source], pieces, model, threads: Math.Max(1, threads));
        }
        var tokenizer = TrainingTokenizer.Load(model ?? throw RunOptions.NoTokenizer());
        var text = TextTokenization.Write(source, tokenizer, path, threads, cancellationToken: cancellationToken);
        string found = $"{text.Documents:N0} documents in {text.Files:N0} files, {text.Characters:N0} characters";
        AnsiConsole.WriteLine($"{path}: {found}, {text.Tokens:N0} tokens of {tokenizer.Vocabulary:N0}.");
    }
}
