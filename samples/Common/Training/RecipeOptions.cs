using System.CommandLine;
using System.Globalization;
using OVPipeline.Torch;

namespace OVPipeline.Samples;

/// <summary>The options that say how a model is trained: the schedule, the rates, the weights that it starts from.</summary>
internal static class RecipeOptions
{
    private static readonly TrainingOptions Defaults = new();

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
    private static readonly Option<double> EmbeddingScale = With("--embedding-scale", "Standard deviation of the first W_E.", new InitialScales().Embedding);
    private static readonly Option<double> PositionScale = With("--position-scale", "Root mean square of the first W_pos.", new InitialScales().Position);

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { Tokens, Batch, Rate, AttentionRate, PositionRate, WarmUp, DecayFrom, LowestRate,
            WeightDecay, Clip, RepeatWeight, HalfPrecision, EmbeddingScale, PositionScale })
            command.Options.Add(option);
    }

    /// <summary>The recipe; what is not named is the default.</summary>
    public static TrainingOptions Training(ParseResult parsed) => new()
    {
        Tokens = Count(parsed.GetRequiredValue(Tokens), "--tokens"),
        BatchSize = parsed.GetValue(Batch),
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
        Threads = parsed.GetValue(TextOptions.Threads),
    };

    /// <summary>The first weights of a new model.</summary>
    public static InitialScales Scales(ParseResult parsed) => new() { Embedding = parsed.GetValue(EmbeddingScale), Position = parsed.GetValue(PositionScale) };

    /// <summary>A number of tokens, such as 500000 or 100M.</summary>
    public static long Count(string text, string option)
    {
        (string number, double unit) = text.Length > 0 ? char.ToUpperInvariant(text[^1]) switch { 'K' => (text[..^1], 1e3), 'M' => (text[..^1], 1e6), 'G' or 'B' => (text[..^1], 1e9), _ => (text, 1) } : (text, 1);
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double count) && count * unit is >= 1 and < 1e15
            ? (long)Math.Round(count * unit)
            : throw new ArgumentException($"{option} is a number of tokens, such as 500000 or 100M; was '{text}'.");
    }

    public static Option<T> With<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
