using System.CommandLine;
using System.Globalization;
using OVPipeline.Torch;

namespace OVPipeline.Samples.TrainModel;

/// <summary>The options of a run: how it trains, what it keeps.</summary>
internal static class RunOptions
{
    private static readonly TrainingOptions Defaults = new();

    public static readonly Option<DirectoryInfo> Out = With("--out", "The run's folder: checkpoints, snapshots, model, log.csv, training.png.", new DirectoryInfo("out/training"));
    public static readonly Option<bool> Resume = new("--resume") { Description = "Goes on from the last whole checkpoint in --out; starts where there is none. Give the other options as before." };
    public static readonly Option<string?> From = new("--from") { Description = "A model folder to start from. Default: random weights." };
    public static readonly Option<string?> Validation = new("--validation") { Description = "Text that is only tested on." };
    public static readonly Option<string?> Cache = new("--cache") { Description = "Where token files of the text are kept. Default: tokens in --out." };

    private static readonly Option<string> Tokens = With("--tokens", "Tokens to train on, such as 100M.", Defaults.Tokens.ToString(CultureInfo.InvariantCulture));
    private static readonly Option<int> Batch = With("--batch", "Sequences in a step.", Defaults.BatchSize);
    private static readonly Option<double> Rate = With("--rate", "The highest learning rate.", Defaults.LearningRate);
    private static readonly Option<double> AttentionRate = With("--attention-rate", "Its factor for the weights of attention.", Defaults.AttentionRate);
    private static readonly Option<double> PositionRate = With("--position-rate", "Its factor for W_pos.", Defaults.PositionRate);
    private static readonly Option<int> WarmUp = With("--warm-up", "Steps over which the rate rises.", Defaults.WarmUpSteps);
    private static readonly Option<double> DecayFrom = With("--decay-from", "Share of the run after which the rate falls.", Defaults.DecayFrom);
    private static readonly Option<double> LowestRate = With("--lowest-rate", "Share of the rate that is left at the end.", Defaults.LowestRate);
    private static readonly Option<double> WeightDecay = With("--weight-decay", "Decoupled weight decay.", Defaults.WeightDecay);
    private static readonly Option<double> Clip = With("--clip", "Norm that gradients are clipped to.", Defaults.ClipNorm);
    private static readonly Option<double> RepeatWeight = With("--repeat-weight", "Weight of positions whose target stands earlier in the window.", Defaults.RepeatWeight);
    private static readonly Option<bool> HalfPrecision = new("--bf16") { Description = "Products of the unembedding in bfloat16." };
    private static readonly Option<string?> TrainOnly = new("--train-only") { Description = "Trains only these heads' OV circuits, such as 1.4,1.10 or, the first 8 value dimensions, 1.4:8." };
    private static readonly Option<string?> Freeze = new("--freeze") { Description = "Parameters to freeze, or beginnings of their names, such as embed.W_E,blocks.0." };
    private static readonly Option<int> Seed = With("--seed", "Seed of the weights and of the order of the data.", Defaults.Seed);
    private static readonly Option<string> LogEvery = With("--log-every", "Tokens between rows of the log.", "1M");
    private static readonly Option<string?> SnapshotEvery = new("--snapshot-every") { Description = "Tokens between copies of the model that are kept for good, such as 10M." };
    private static readonly Option<double> CheckpointMinutes = With("--checkpoint-minutes", "Minutes between checkpoints.", 10.0);
    private static readonly Option<int> Keep = With("--keep", "Checkpoints that are kept.", 3);

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { Out, Resume, From, Validation, Cache, Tokens, Batch, Rate, AttentionRate, PositionRate, WarmUp, DecayFrom, LowestRate,
            WeightDecay, Clip, RepeatWeight, HalfPrecision, TrainOnly, Freeze, Seed, LogEvery, SnapshotEvery, CheckpointMinutes, Keep })
            command.Options.Add(option);
    }

    public static TrainingOptions Training(ParseResult parsed) => new()
    {
        Tokens = Count(parsed.GetRequiredValue(Tokens), "--tokens"),
        BatchSize = parsed.GetValue(Batch),
        Context = parsed.GetValue(ShapeOptions.Context),
        LearningRate = parsed.GetValue(Rate),
        AttentionRate = parsed.GetValue(AttentionRate),
        PositionRate = parsed.GetValue(PositionRate),
        WarmUpSteps = parsed.GetValue(WarmUp),
        DecayFrom = parsed.GetValue(DecayFrom),
        LowestRate = parsed.GetValue(LowestRate),
        WeightDecay = parsed.GetValue(WeightDecay),
        ClipNorm = parsed.GetValue(Clip),
        RepeatWeight = parsed.GetValue(RepeatWeight),
        HalfPrecision = parsed.GetValue(HalfPrecision),
        Seed = parsed.GetValue(Seed),
        OnlyCircuits = parsed.GetValue(TrainOnly)?.Split(',').Select(TrainedCircuit.Parse).ToArray(),
        Frozen = parsed.GetValue(Freeze)?.Split(',') ?? [],
        Threads = parsed.GetValue(TextOptions.Threads),
        LogTokens = Count(parsed.GetRequiredValue(LogEvery), "--log-every"),
    };

    public static TrainingOutput Output(ParseResult parsed) => new(new TrainingFolder(parsed.GetRequiredValue(Out).FullName, parsed.GetValue(Keep)))
    {
        CheckpointMinutes = parsed.GetValue(CheckpointMinutes),
        SnapshotTokens = parsed.GetValue(SnapshotEvery) is { } every ? Count(every, "--snapshot-every") : null,
    };

    public static long InitialSeed(ParseResult parsed) => parsed.GetValue(Seed);

    internal static Option<T> With<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static long Count(string text, string option)
    {
        (string number, double unit) = text.Length > 0 ? char.ToUpperInvariant(text[^1]) switch { 'K' => (text[..^1], 1e3), 'M' => (text[..^1], 1e6), 'G' or 'B' => (text[..^1], 1e9), _ => (text, 1) } : (text, 1);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double count) && count * unit is >= 1 and < 1e15
            ? (long)Math.Round(count * unit)
            : throw new ArgumentException($"{option} is a number of tokens, such as 500000 or 100M; was '{text}'.");
    }
}
