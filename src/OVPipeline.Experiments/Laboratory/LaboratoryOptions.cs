namespace OVPipeline.Experiments;

/// <summary>What a <see cref="Laboratory"/> works with beside the model.</summary>
public sealed record LaboratoryOptions
{
    /// <summary>
    /// A folder of texts (*.txt, *.txt.gz) to run the model on and to count tokens in; names that begin with <c>train</c> and
    /// <c>valid</c> say which is which. Null for none: experiments that need text are then not available.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>The folder in which finished results and their parts are kept; null to keep none.</summary>
    public string? Store { get; init; }

    /// <summary>
    /// A folder of results that came with the model, such as <c>results</c> beside it; null for none. One is taken where it is of this
    /// model, text, seed and these options; what else it read, such as checkpoints of the training, need not be here.
    /// </summary>
    public string? Published { get; init; }

    /// <summary>Seed of what is random in what experiments share: the ML.NET context, and the random tokens of induction scores.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Blocks of training text on which scalars are fitted, and what heads write is averaged.</summary>
    public int ScalarBlocks { get; init; } = 4;

    /// <summary>Blocks of validation text on which circuits in the model are judged.</summary>
    public int JudgedBlocks { get; init; } = 48;

    /// <summary>Blocks of training text that mean embeddings and the scales of norms are means over.</summary>
    public int EmbeddingBlocks { get; init; } = 80;

    /// <summary>
    /// Heads that are scored in full, best copiers first; null for all. What each of the others copies is counted all the same.
    /// </summary>
    public int? ScoredHeads { get; init; }

    /// <summary>Stops the work that experiments share: counting tokens and running the model on text.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>What the model's run on text takes of it.</summary>
    internal ForwardOptions Forward => new(Text, Seed, ScalarBlocks, JudgedBlocks, EmbeddingBlocks, CancellationToken);

    /// <summary>Few blocks, and figures of the heads that a report shows first, for a first look.</summary>
    public static LaboratoryOptions Quick { get; } = new() { ScalarBlocks = 1, JudgedBlocks = 5, EmbeddingBlocks = 6, ScoredHeads = 12 };
}
