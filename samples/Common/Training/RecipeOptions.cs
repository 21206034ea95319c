using System.CommandLine;
using System.Globalization;
using OVPipeline.Torch;

namespace OVPipeline.Samples;

/// <summary>The options that say how a model is trained: the schedule, the rates, the weights that it starts from.</summary>
internal static class RecipeOptions
{
    private static readonly TrainingOptions Defaults = new();

    private static readonly Option<string> Tokens = CommandOption.Of(
        "--tokens", "Tokens to train on, such as 100M.", Defaults.Tokens.ToString(CultureInfo.InvariantCulture), "COUNT");
    private static readonly Option<int> Batch = CommandOption.Of("--batch", "Sequences in a step.", Defaults.BatchSize);
    private static readonly Option<double> Rate = CommandOption.Of("--rate", "The highest learning rate.", Defaults.LearningRate);
    private static readonly Option<double> AttentionRate = CommandOption.Of(
        "--attention-rate", "Its factor for the weights of attention.", Defaults.AttentionRate);
    private static readonly Option<double> PositionRate = CommandOption.Of(
        "--position-rate", "Its factor for W_pos.", Defaults.PositionRate);
    private static readonly Option<int> WarmUp = CommandOption.Of("--warm-up", "Steps over which the rate rises.", Defaults.WarmUpSteps);
    private static readonly Option<double> DecayFrom = CommandOption.Of(
        "--decay-from", "Share of the run after which the rate falls.", Defaults.DecayFrom);
    private static readonly Option<double> LowestRate = CommandOption.Of(
        "--lowest-rate", "Share of the rate that is left at the end.", Defaults.LowestRate);
    private static readonly Option<double> WeightDecay = CommandOption.Of(
        "--weight-decay", "Decoupled weight decay.", Defaults.WeightDecay);
    private static readonly Option<double> Clip = CommandOption.Of("--clip", "Norm that gradients are clipped to.", Defaults.ClipNorm);
    private static readonly Option<double> RepeatWeight = CommandOption.Of(
        "--repeat-weight", "Weight of positions whose target stands earlier in the window.", Defaults.RepeatWeight);
    private static readonly Option<bool> HalfPrecision = CommandOption.Of<bool>("--bf16", "Products of the unembedding in bfloat16.");
    private static readonly Option<double> EmbeddingScale = CommandOption.Of(
        "--embedding-scale", "Standard deviation of the first W_E.", new InitialScales().Embedding);
    private static readonly Option<double> PositionScale = CommandOption.Of(
        "--position-scale", "Root mean square of the first W_pos.", new InitialScales().Position);

    public static void AddTo(SampleCommand command) => command.AddGroup("The recipe",
        Tokens, Batch, Rate, AttentionRate, PositionRate, WarmUp, DecayFrom, LowestRate,
        WeightDecay, Clip, RepeatWeight, HalfPrecision, EmbeddingScale, PositionScale);

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
    public static InitialScales Scales(ParseResult parsed) =>
        new() { Embedding = parsed.GetValue(EmbeddingScale), Position = parsed.GetValue(PositionScale) };

    /// <summary>A number of tokens, such as 500000 or 100M.</summary>
    public static long Count(string text, string option)
    {
        double unit = text.Length == 0 ? 1 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 1e3,
            'M' => 1e6,
            'G' or 'B' => 1e9,
            _ => 1,
        };
        string number = unit > 1 ? text[..^1] : text;
        return double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double count)
            && count * unit is >= 1 and < 1e15 // a double's whole numbers go to 2^53, about 9e15
            ? (long)Math.Round(count * unit)
            : throw new ArgumentException($"{option} is a number of tokens, such as 500000 or 100M; was '{text}'.");
    }
}
