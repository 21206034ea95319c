using System.CommandLine;
using OVPipeline.Samples;
using OVPipeline.Samples.TrainModel;

var command = new SampleCommand(
    "Trains an attention-only transformer on text. Ctrl+C saves a checkpoint and stops; the same command with --resume goes on from it.")
{
    Examples =
    [
        new("--text book.txt --train-tokenizer 2000 --tokens 5M", "A text of your own, and a tokenizer trained on it."),
        new("--text book.txt --tokenizer data/attn-only-2l-quarter --tokens 1M", "A text, and the embedded model's tokenizer."),
        new("--text book.txt --tokenizer data/attn-only-2l-quarter --resume", "Goes on where a run was stopped."),
    ],
};
RunOptions.AddTo(command);
command.SetAction((parsed, cancellationToken) => new TrainJob(parsed, cancellationToken).Run());
command.Subcommands.Add(TokenizeCommand.Create());
return await Sample.Run(command, args, patience: TimeSpan.FromMinutes(2));
