using System.CommandLine;
using System.Globalization;
using OVPipeline.Torch;
using static OVPipeline.Samples.RecipeOptions;

namespace OVPipeline.Samples.TrainModel;

/// <summary>The options of a run: how it trains, what it keeps.</summary>
internal static class RunOptions
{
    public static readonly Option<DirectoryInfo> Out = With("--out", "The run's folder: checkpoints, snapshots, model, log.csv, training.png.", new DirectoryInfo("out/training"));
    public static readonly Option<bool> Resume = new("--resume") { Description = "Goes on from the last whole checkpoint in --out; starts where there is none. Give the other options as before." };
    public static readonly Option<string?> From = new("--from") { Description = "A model folder to start from. Default: random weights." };
    public static readonly Option<int?> TrainTokenizer = new("--train-tokenizer") { Description = "Trains a tokenizer of that many pieces on the text first, with spm_train." };
    public static readonly Option<string?> Validation = new("--validation") { Description = "Text that is only tested on." };
    public static readonly Option<string?> Cache = new("--cache") { Description = "Where token files of the text are kept. Default: tokens in --out." };

    private static readonly Option<string?> TrainOnly = new("--train-only") { Description = "Trains only these heads' OV circuits, such as 1.4,1.10 or, the first 8 value dimensions, 1.4:8." };
    private static readonly Option<string?> Freeze = new("--freeze") { Description = "Parameters to freeze, or beginnings of their names, such as embed.W_E,blocks.0." };
    private static readonly Option<int> Seed = With("--seed", "Seed of the weights and of the order of the data.", new TrainingOptions().Seed);
    private static readonly Option<string> LogEvery = With("--log-every", "Tokens between rows of the log.", "1M");
    private static readonly Option<string?> SnapshotEvery = new("--snapshot-every") { Description = "Tokens between copies of the model that are kept for good, such as 10M." };
    private static readonly Option<double> CheckpointMinutes = With("--checkpoint-minutes", "Minutes between checkpoints.", 10.0);
    private static readonly Option<int> Keep = With("--keep", "Checkpoints that are kept.", 3);

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { Out, Resume, From, TrainTokenizer, Validation, Cache, TrainOnly, Freeze, Seed, LogEvery, SnapshotEvery, CheckpointMinutes, Keep })
            command.Options.Add(option);
    }

    public static TrainingOptions Training(ParseResult parsed) => RecipeOptions.Training(parsed) with
    {
        Context = parsed.GetValue(ShapeOptions.Context),
        Seed = parsed.GetValue(Seed),
        OnlyCircuits = parsed.GetValue(TrainOnly)?.Split(',').Select(TrainedCircuit.Parse).ToArray(),
        Frozen = parsed.GetValue(Freeze)?.Split(',') ?? [],
        LogTokens = Count(parsed.GetRequiredValue(LogEvery), "--log-every"),
    };

    public static TrainingOutput Output(ParseResult parsed) => new(new TrainingFolder(parsed.GetRequiredValue(Out).FullName, parsed.GetValue(Keep)))
    {
        CheckpointMinutes = parsed.GetValue(CheckpointMinutes),
        SnapshotTokens = parsed.GetValue(SnapshotEvery) is { } every ? Count(every, "--snapshot-every") : null,
    };

    public static long InitialSeed(ParseResult parsed) => parsed.GetValue(Seed);
}
