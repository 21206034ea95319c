using System.CommandLine;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TrainModel;

/// <summary>The options of a run: how it trains, what it keeps.</summary>
internal static class RunOptions
{
    public static readonly Option<DirectoryInfo> Out = CommandOption.Out(
        "The run's folder: checkpoints, snapshots, model, log.csv, training.png.", "out/training");
    public static readonly Option<bool> Resume = CommandOption.Of<bool>(
        "--resume",
        "Goes on from the last whole checkpoint in --out; starts where there is none. Give the other options as before.");
    public static readonly Option<string?> From = CommandOption.Of<string?>(
        "--from", "A model folder to start from. Default: random weights.", "FOLDER");
    public static readonly Option<int?> TrainTokenizer = CommandOption.Of<int?>(
        "--train-tokenizer", "Trains a tokenizer of that many pieces on the text first, with spm_train.");
    public static readonly Option<string?> Validation = CommandOption.Of<string?>("--validation", "Text that is only tested on.", "FILE");
    public static readonly Option<string?> Cache = CommandOption.Of<string?>(
        "--cache", "Where token files of the text are kept. Default: tokens in --out.", "FOLDER");

    private static readonly Option<string?> TrainOnly = CommandOption.Of<string?>(
        "--train-only", "Trains only these heads' OV circuits, such as 1.4,1.10 or, the first 8 value dimensions, 1.4:8.", "L.H,...");
    private static readonly Option<string?> Freeze = CommandOption.Of<string?>(
        "--freeze", "Parameters to freeze, or beginnings of their names, such as embed.W_E,blocks.0.", "NAME,...");
    private static readonly Option<int> Seed = CommandOption.Of(
        "--seed", "Seed of the weights and of the order of the data.", new TrainingOptions().Seed);
    private static readonly Option<string> LogEvery = CommandOption.Of("--log-every", "Tokens between rows of the log.", "1M", "COUNT");
    private static readonly Option<string?> SnapshotEvery = CommandOption.Of<string?>(
        "--snapshot-every", "Tokens between copies of the model that are kept for good, such as 10M.", "COUNT");
    private static readonly Option<double> CheckpointMinutes = CommandOption.Of(
        "--checkpoint-minutes", "Minutes between checkpoints.", 10.0);
    private static readonly Option<int> Keep = CommandOption.Of("--keep", "Checkpoints that are kept.", 3);

    public static void AddTo(SampleCommand command)
    {
        TextOptions.AddTo(command, Validation, TrainTokenizer, Cache);
        RecipeOptions.AddTo(command);
        command.AddGroup("What is trained", From, TrainOnly, Freeze, Seed);
        ShapeOptions.AddTo(command);
        command.AddGroup("What is kept", Resume, LogEvery, SnapshotEvery, CheckpointMinutes, Keep);
        Findings.AddTo(command, Out);
    }

    public static TrainingOptions Training(ParseResult parsed) => RecipeOptions.Training(parsed) with
    {
        Context = parsed.GetValue(ShapeOptions.Context),
        Seed = parsed.GetValue(Seed),
        OnlyCircuits = parsed.GetValue(TrainOnly)?.Split(',').Select(TrainedCircuit.Parse).ToArray(),
        Frozen = parsed.GetValue(Freeze)?.Split(',') ?? [],
        LogTokens = RecipeOptions.Count(parsed.GetRequiredValue(LogEvery), "--log-every"),
    };

    public static TrainingOutput Output(ParseResult parsed)
    {
        var folder = new TrainingFolder(parsed.GetRequiredValue(Out).FullName, parsed.GetValue(Keep));
        return new(folder)
        {
            CheckpointMinutes = parsed.GetValue(CheckpointMinutes),
            SnapshotTokens = parsed.GetValue(SnapshotEvery) is { } every ? RecipeOptions.Count(every, "--snapshot-every") : null,
        };
    }

    public static ArgumentException NoTokenizer() =>
        new("Name a tokenizer.model with --tokenizer, or have one trained with --train-tokenizer.");

    public static long InitialSeed(ParseResult parsed) => parsed.GetValue(Seed);
}
