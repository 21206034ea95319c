namespace OVPipeline.Peers;

/// <summary>What queries and keys are normalized with.</summary>
internal enum QueryKeyGains
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>One head's gains, for all.</summary>
    Shared,

    /// <summary>Gains of each head, in rows.</summary>
    ByHead,

    /// <summary>Gains over all heads together.</summary>
    AllHeads,
}

/// <summary>How a layer's MLP is stored.</summary>
internal enum StoredMlp
{
    /// <summary>Two matrices.</summary>
    Plain,

    /// <summary>Three, of which one gates.</summary>
    Gated,

    /// <summary>Two, the first of which holds the gates too.</summary>
    GatesFirst,
}

/// <summary>A small model of one of llama.cpp's families: what its GGUF file has. Sizes are small and unlike each other.</summary>
/// <param name="Name">What the comparison calls it.</param>
/// <param name="Architecture">llama.cpp's name of the family.</param>
internal sealed record PeerFamily(string Name, string Architecture)
{
    public int Vocabulary { get; init; } = 67;

    public int Layers { get; init; } = 3;

    public int Width { get; init; } = 48;

    public int Heads { get; init; } = 4;

    public int Groups { get; init; } = 2;

    /// <summary>Width of a head; 0 for what the width of the model leaves each.</summary>
    public int HeadWidth { get; init; }

    public int Neurons { get; init; } = 56;

    /// <summary>Neurons that the file tells of where they are others; 0 for the same.</summary>
    public int ToldNeurons { get; init; }

    public int Context { get; init; } = 64;

    /// <summary>Tokens of the sequence that is compared.</summary>
    public int Tokens { get; init; } = 40;

    /// <summary>Whether norms are RMS norms; else layer norms.</summary>
    public bool Rms { get; init; } = true;

    /// <summary>Whether norms have biases.</summary>
    public bool NormBias { get; init; }

    /// <summary>Whether norms have gains at all.</summary>
    public bool NormGain { get; init; } = true;

    /// <summary>Names of the norms in a layer.</summary>
    public IReadOnlyList<string> Norms { get; init; } = ["attn_norm", "ffn_norm"];

    /// <summary>Whether queries, keys and values are one tensor.</summary>
    public bool Fused { get; init; }

    /// <summary>Biases of queries, keys and values; of the attention's output; of the MLP; of the logits.</summary>
    public bool InputBias { get; init; }

    public bool OutputBias { get; init; }

    public bool MlpBias { get; init; }

    public bool LogitBias { get; init; }

    /// <summary>A bias of what the MLP writes alone.</summary>
    public bool DownBias { get; init; }

    public StoredMlp Mlp { get; init; } = StoredMlp.Gated;

    public QueryKeyGains QueryKey { get; init; }

    public bool QueryKeyBias { get; init; }

    /// <summary>Whether the unembedding is the embedding.</summary>
    public bool Tied { get; init; }

    public bool LearnedPositions { get; init; }

    public bool EmbeddingNorm { get; init; }

    public bool TokenTypes { get; init; }

    /// <summary>Whether it is an encoder: no logits, and no norm and no unembedding after the last layer.</summary>
    public bool Encoder { get; init; }

    /// <summary>Values of the file, under keys that begin with the family's name.</summary>
    public IReadOnlyDictionary<string, object> Values { get; init; } = new Dictionary<string, object>();

    /// <summary>Vectors by name, each of numbers that follow from it, such as rotary factors.</summary>
    public IReadOnlyDictionary<string, float[]> Vectors { get; init; } = new Dictionary<string, float[]>();

    /// <summary>What the comparison says beside the difference; empty for nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether llama.cpp looks its GELU up in a table of half-precision numbers.</summary>
    public bool HalfGelu { get; init; }

    public int KeyWidth => HeadWidth == 0 ? Width / Heads : HeadWidth;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
