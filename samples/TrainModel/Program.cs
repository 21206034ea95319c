using System.CommandLine;
using System.Globalization;
using OVPipeline.Samples;
using OVPipeline.Samples.TrainModel;
using OVPipeline.Torch;
using Spectre.Console;

var command = new RootCommand("Trains an attention-only transformer on text. Ctrl+C saves a checkpoint and stops; the same command with --resume goes on from it.");
TextOptions.AddTo(command);
RecipeOptions.AddTo(command);
RunOptions.AddTo(command);
ShapeOptions.AddTo(command);
command.SetAction((parsed, cancellationToken) => new TrainJob(parsed, cancellationToken).Run());

var file = new Option<FileInfo>("--out") { Description = "The token file, whose name ends in .tokens.", Required = true };
var tokenize = new Command("tokenize", "Turns text into a token file.") { file, RunOptions.TrainTokenizer };
TextOptions.AddTo(tokenize);
tokenize.SetAction((parsed, cancellationToken) =>
{
    var source = TextOptions.Sources(parsed) is [var only] ? only : throw new ArgumentException("Name one text: a token file is made of one file, folder or pattern.");
    string path = parsed.GetRequiredValue(file).FullName;
    string? model = parsed.GetValue(TextOptions.Tokenizer);
    int threads = parsed.GetValue(TextOptions.Threads);
    if (parsed.GetValue(RunOptions.TrainTokenizer) is { } pieces)
        SentencePieceTrainer.Train([source], pieces, model = Path.ChangeExtension(path, ".model"), threads: Math.Max(1, threads));
    var tokenizer = TrainingTokenizer.Load(model ?? throw new ArgumentException("Name a tokenizer.model with --tokenizer, or have one trained with --train-tokenizer."));
    var text = TextTokenization.Write(source, tokenizer, path, threads, cancellationToken: cancellationToken);
    AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {text.Documents:N0} documents in {text.Files:N0} files, {text.Characters:N0} characters, {text.Tokens:N0} tokens of {tokenizer.Vocabulary:N0}."));
    return Task.FromResult(0);
});
command.Subcommands.Add(tokenize);
return await Sample.Run(command, args, patience: TimeSpan.FromMinutes(2));
