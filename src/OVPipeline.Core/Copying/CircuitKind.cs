namespace OVPipeline.Core;

/// <summary>Kinds of circuit that a comparison tells apart.</summary>
public enum CircuitKind
{
    /// <summary>One head.</summary>
    Head,
    /// <summary>The sum of some heads.</summary>
    Pair,
    /// <summary>The sum of all heads of a layer.</summary>
    Layer,
    /// <summary>The Frobenius-optimal truncation of another circuit.</summary>
    Truncated,
    /// <summary>A fitted low-rank pair.</summary>
    Trained,
    /// <summary>The direct path W_E W_U.</summary>
    Direct,
}
