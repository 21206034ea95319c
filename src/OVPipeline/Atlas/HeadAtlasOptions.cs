using OVPipeline.Core;

namespace OVPipeline;

/// <summary>Options of <c>ComputeHeadAtlas</c>.</summary>
public sealed record HeadAtlasOptions
{
    /// <summary>How many tokens to list that a head copies most, and that it suppresses most. Default 10.</summary>
    public int Tokens { get; init; } = 10;

    /// <summary>
    /// How many of the highest outputs to keep of each token and head, beside the rank of the token's own logit
    /// (<see cref="HeadAtlas.Tokens"/>); 0 for the ranks alone. It takes 4 bytes each, and a row of the heads' OV circuits is scored once
    /// either way. Default: null, neither.
    /// </summary>
    public int? TokenOutputs { get; init; }

    /// <summary>Whether to score the QK circuits: half of the time at large vocabularies. Default true.</summary>
    public bool QK { get; init; } = true;

    /// <summary>Whether to compute composition scores, which many layers of many heads make long. Default true.</summary>
    public bool Compositions { get; init; } = true;

    /// <summary>How many pairs, those of highest K-composition, to score as token circuits. 0 for none. Default 12.</summary>
    public int KCompositions { get; init; } = 12;

    /// <summary>How many pairs, those of highest V-composition, to score as virtual heads. 0 for none. Default 12.</summary>
    public int VirtualHeads { get; init; } = 12;

    /// <summary>The first so many positions make the positional patterns. Default 2,048.</summary>
    public int Positions { get; init; } = 2048;

    /// <summary>Pairs of random heads behind the composition baseline, at least 2. Default 300.</summary>
    public int BaselineSamples { get; init; } = 300;

    /// <summary>Seed of the random heads. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What scores. Default <see cref="CpuEngine.Shared"/>.</summary>
    public IScoringEngine Engine { get; init; } = CpuEngine.Shared;

    /// <summary>Told after every step.</summary>
    public IProgress<AtlasProgress>? Progress { get; init; }

    /// <summary>Checked within every block of rows.</summary>
    public CancellationToken CancellationToken { get; init; }
}
