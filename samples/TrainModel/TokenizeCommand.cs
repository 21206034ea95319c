using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TrainModel;

/// <summary>The command that makes a token file, for runs that share one.</summary>
internal static class TokenizeCommand
{
    private static readonly Option<FileInfo> Target = new("--out")
    {
        Description = "The token file, whose name ends in .tokens.",
        Required = true,
    };

    public static SampleCommand Create()
    {
        var tokenize = new SampleCommand("tokenize", "Turns text into a token file.")
        {
            Examples = [new("--text book.txt --tokenizer data/attn-only-2l-quarter --out book.tokens", "A text, for runs that share it.")],
        };
        TextOptions.AddTo(tokenize, RunOptions.TrainTokenizer);
        Findings.AddTo(tokenize, Target);
        tokenize.SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
        return tokenize;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellationToken)
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
        return new Findings(path)
            .ForPeople($"{path}: {found}, {text.Tokens:N0} tokens of {tokenizer.Vocabulary:N0}.")
            .ForPrograms(new ReportTable("text", "What was encoded",
                [
                    ReportColumn.Count("documents"), ReportColumn.Count("files"), ReportColumn.Count("characters"),
                    ReportColumn.Count("tokens"), ReportColumn.Count("vocabulary"),
                ],
                [[text.Documents, text.Files, text.Characters, text.Tokens, tokenizer.Vocabulary]])
            { Units = "the text" })
            .Print(parsed);
    }
}
