namespace OVPipeline;

/// <summary>A row of <c>LoadVocabulary</c> as a class: the input of a PredictionEngine.</summary>
public sealed class TokenExample
{
    /// <summary>The 0-based token id. ML.NET turns it into a 1-based key.</summary>
    public uint TokenId { get; set; }

    /// <summary>The token's string. Circuits do not read it.</summary>
    public string Token { get; set; } = "";

    /// <summary>What the token has in common with its variants, as splits and intervals want it. Circuits do not read it.</summary>
    public string TokenGroup { get; set; } = "";
}
