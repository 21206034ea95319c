namespace OVPipeline.Torch;

/// <summary>Where a run stands, beside weights and the optimiser's state: <c>state.json</c> of a checkpoint.</summary>
public sealed record TrainingState
{
    /// <summary>Steps taken.</summary>
    public long Step { get; init; }

    /// <summary>Tokens trained on.</summary>
    public long Tokens { get; init; }

    /// <summary>Seconds of training so far, over all processes.</summary>
    public double Seconds { get; init; }

    /// <summary>Sum of the losses of the steps since the last row of the log.</summary>
    public double LossSum { get; init; }

    /// <summary>How many those are.</summary>
    public int LossCount { get; init; }

    /// <summary>Sequences drawn from each part of the data.</summary>
    public IReadOnlyList<long> Drawn { get; init; } = [];

    /// <summary>Tokens in each part of the data.</summary>
    public IReadOnlyList<long> DataCounts { get; init; } = [];

    /// <summary>Share of each part of the data.</summary>
    public IReadOnlyList<double> DataShares { get; init; } = [];

    /// <summary>SHA-256 of the tokenizer's file.</summary>
    public string TokenizerDigest { get; init; } = "";

    /// <summary>The options of the run.</summary>
    public TrainingOptions Options { get; init; } = new();

    /// <summary>SHA-256 of the checkpoint's other files, by name.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();
}
