using System.CommandLine;
using OVPipeline.Samples;
using OVPipeline.Samples.TrainModel;

var command = new RootCommand(
    "Trains an attention-only transformer on text. Ctrl+C saves a checkpoint and stops; the same command with --resume goes on from it.");
TextOptions.AddTo(command);
RecipeOptions.AddTo(command);
RunOptions.AddTo(command);
ShapeOptions.AddTo(command);
command.SetAction((parsed, cancellationToken) => new TrainJob(parsed, cancellationToken).Run());
command.Subcommands.Add(TokenizeCommand.Create());
return await Sample.Run(command, args, patience: TimeSpan.FromMinutes(2));
