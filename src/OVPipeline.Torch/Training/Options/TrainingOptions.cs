using System.Globalization;

namespace OVPipeline.Torch;

/// <summary>
/// How a model is trained. The defaults are those of the embedded model. What changes the weights is saved with every checkpoint; the same
/// options, data and number of threads on the same machine give the same bits.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Tokens to train on in all: the schedule's length, rounded up to whole steps.</summary>
    public long Tokens { get; init; } = 21_391_360;

    /// <summary>Sequences in a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Tokens in a sequence; null for the model's n_ctx.</summary>
    public int? Context { get; init; }

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 6e-3;

    /// <summary>What the learning rate is multiplied by for the weights of attention.</summary>
    public double AttentionRate { get; init; } = 0.4;

    /// <summary>What the learning rate is multiplied by for W_pos.</summary>
    public double PositionRate { get; init; } = 1;

    /// <summary>Steps over which the learning rate rises.</summary>
    public int WarmUpSteps { get; init; } = 100;

    /// <summary>Share of the run after which the learning rate falls, half a cosine; 0 for at once, 1 for never.</summary>
    public double DecayFrom { get; init; }

    /// <summary>Share of the highest learning rate that it falls to.</summary>
    public double LowestRate { get; init; } = 0.05;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Decay of Adam's mean of gradients.</summary>
    public double MeanDecay { get; init; } = 0.9;

    /// <summary>Decay of Adam's mean of squared gradients.</summary>
    public double SquareDecay { get; init; } = 0.99;

    /// <summary>The norm that gradients are clipped to.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Weight in the loss of positions whose target stands earlier in the window; the others weigh 1.</summary>
    public double RepeatWeight { get; init; } = 1;

    /// <summary>
    /// Whether the products of the unembedding are of bfloat16 numbers. Single precision is faster on processors without bfloat16 units.
    /// </summary>
    public bool HalfPrecision { get; init; }

    /// <summary>Seed of the order of the data.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Trains these circuits alone and freezes all else; null to train all.</summary>
    public IReadOnlyList<TrainedCircuit>? OnlyCircuits { get; init; }

    /// <summary>Names of parameters that are frozen, such as <c>embed.W_E</c>, or beginnings of names, such as <c>blocks.0.</c>.</summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    /// <summary>Threads of libtorch and of ours; -1 for one a core. Other numbers of threads give other rounding errors.</summary>
    public int Threads { get; init; } = -1;

    /// <summary>Tokens between rows of the log.</summary>
    public long LogTokens { get; init; } = 1_000_000;

    /// <summary>Windows of validation text that the loss is measured on.</summary>
    public int ValidationWindows { get; init; } = 64;

    internal int ThreadCount => Threads > 0 ? Threads : Environment.ProcessorCount;

    /// <summary>Steps of sequences of a number of tokens: <see cref="Tokens"/> over those of a step, rounded up.</summary>
    internal long StepsFor(int context)
    {
        long perStep = (long)BatchSize * context;
        return (Tokens + perStep - 1) / perStep;
    }

    /// <exception cref="ArgumentException">A value is out of its range; the message has both.</exception>
    internal void Validate()
    {
        Require(Tokens > 0, nameof(Tokens), Tokens, "positive");
        Require(BatchSize is > 0 and <= 65_536, nameof(BatchSize), BatchSize, "in [1, 65536]");
        Require(Context is null or >= 8, nameof(Context), Context, "at least 8");
        Require(LearningRate is > 0 and < double.PositiveInfinity, nameof(LearningRate), LearningRate, "positive");
        Require(AttentionRate is >= 0 and < double.PositiveInfinity, nameof(AttentionRate), AttentionRate, "at least 0");
        Require(PositionRate is >= 0 and < double.PositiveInfinity, nameof(PositionRate), PositionRate, "at least 0");
        Require(WarmUpSteps >= 0, nameof(WarmUpSteps), WarmUpSteps, "at least 0");
        Require(DecayFrom is >= 0 and <= 1, nameof(DecayFrom), DecayFrom, "in [0, 1]");
        Require(LowestRate is >= 0 and <= 1, nameof(LowestRate), LowestRate, "in [0, 1]");
        Require(WeightDecay is >= 0 and < double.PositiveInfinity, nameof(WeightDecay), WeightDecay, "at least 0");
        Require(MeanDecay is >= 0 and < 1, nameof(MeanDecay), MeanDecay, "in [0, 1)");
        Require(SquareDecay is >= 0 and < 1, nameof(SquareDecay), SquareDecay, "in [0, 1)");
        Require(ClipNorm > 0, nameof(ClipNorm), ClipNorm, "positive");
        Require(RepeatWeight is > 0 and < double.PositiveInfinity, nameof(RepeatWeight), RepeatWeight, "positive");
        Require(Threads is > 0 or -1, nameof(Threads), Threads, "positive, or -1 for one a core");
        Require(LogTokens > 0, nameof(LogTokens), LogTokens, "positive");
        Require(ValidationWindows > 0, nameof(ValidationWindows), ValidationWindows, "positive");

        static void Require(bool holds, string name, object? value, string range)
        {
            if (!holds)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} must be {range}, was {value}."));
        }
    }
}
