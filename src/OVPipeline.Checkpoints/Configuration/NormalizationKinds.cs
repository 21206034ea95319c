namespace OVPipeline.Checkpoints;

/// <summary>Kinds of normalization, by TransformerLens' names.</summary>
internal static class NormalizationKinds
{
    /// <summary>Whether it removes the mean over d_model.</summary>
    public static bool Centers(string? kind) => kind is "LN" or "LNPre";

    /// <summary>The kind that is left when the gains are in the weights.</summary>
    public static string? Folded(string? kind) => kind is "LN" or "RMS" ? $"{kind}Pre" : kind;

    /// <summary>Whether it has gains of its own.</summary>
    public static bool HasGains(string? kind) => kind is "LN" or "RMS";
}
