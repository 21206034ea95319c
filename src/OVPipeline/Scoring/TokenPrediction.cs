namespace OVPipeline;

/// <summary>The score columns as a class: the output of a PredictionEngine. Keys are 1-based, as ML.NET's are; 0 is missing.</summary>
public sealed class TokenPrediction
{
    /// <summary>Key of the highest-scoring token.</summary>
    public uint PredictedLabel { get; set; }

    /// <summary>Keys of the k highest-scoring tokens, best first.</summary>
    public uint[] TopTokens { get; set; } = [];

    /// <summary>Their logits.</summary>
    public float[] TopScores { get; set; } = [];

    /// <summary>1-based rank of the label among all tokens; NaN where there is no label.</summary>
    public float LabelRank { get; set; }

    /// <summary>Log-loss of the label in nats.</summary>
    public double LabelLogLoss { get; set; }
}
