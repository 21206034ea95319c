namespace OVPipeline.Torch;

/// <summary>
/// What a model does, with heads as they are or changed. Every mean comes with the values it is a mean of, which are the units that an
/// interval can be taken over: windows of text, random sequences, sentences.
/// </summary>
public sealed record ModelBehaviour
{
    /// <summary>What was changed, as <see cref="HeadInterventions.ToString"/> says it.</summary>
    public required string Condition { get; init; }

    /// <summary>
    /// Mean loss of each window of text, in nats a token; none without text, and of a model whose outputs are not its tokens.
    /// </summary>
    public required IReadOnlyList<double> LossByWindow { get; init; }

    /// <summary>Tokens of text that the loss is a mean over; 0 without text.</summary>
    public int ValidationTokens { get; init; }

    /// <summary>Repeated random tokens that accuracy and loss are means over.</summary>
    public int RepeatTokens { get; init; }

    /// <summary>
    /// For each sequence of repeated random tokens: the share of its second half, without the first token of that, that is the model's
    /// first choice. None of a model whose outputs are not its tokens.
    /// </summary>
    public required IReadOnlyList<double> RepeatAccuracyBySequence { get; init; }

    /// <summary>For each sequence the mean loss of the same tokens, in nats.</summary>
    public required IReadOnlyList<double> RepeatLossBySequence { get; init; }

    /// <summary>
    /// For each sentence that repeats a first name: whether the model's first choice is the first token of the surname that followed it
    /// before. None without a tokenizer, and of a model whose outputs are not its tokens.
    /// </summary>
    public required IReadOnlyList<bool> NameRepeated { get; init; }

    /// <summary>The task of the sequences; null where none have targets.</summary>
    public TaskResult? Task { get; init; }

    /// <summary>Every head, by layer.</summary>
    public required IReadOnlyList<HeadBehaviour> Heads { get; init; }

    /// <summary>Mean loss of the text, in nats a token; NaN where there is none.</summary>
    public double ValidationLoss => LossByWindow.DefaultIfEmpty(double.NaN).Average();

    /// <summary>Accuracy on repeated random tokens, in [0, 1]; NaN where there is none.</summary>
    public double RepeatAccuracy => RepeatAccuracyBySequence.DefaultIfEmpty(double.NaN).Average();

    /// <summary>Loss on repeated random tokens, in nats a token; NaN where there is none.</summary>
    public double RepeatLoss => RepeatLossBySequence.DefaultIfEmpty(double.NaN).Average();

    /// <summary>Share of sentences whose name is repeated, in [0, 1]; NaN where there is none.</summary>
    public double NameAccuracy => NameRepeated.Select(correct => correct ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();
}
