namespace OVPipeline.Checkpoints;

/// <summary>What a family calls the parts of its MLPs, within a layer.</summary>
/// <param name="In">The projection to the neurons.</param>
/// <param name="Out">The projection from them.</param>
/// <param name="Gate">
/// The projection that gates them; null for none. Where it is that of <paramref name="In"/>, the two are one tensor, the gate's outputs
/// first.
/// </param>
internal sealed record MlpNames(string In, string Out, string? Gate = null)
{
    /// <summary>Whether the two projections to the neurons are one tensor.</summary>
    public bool IsFused => Gate == In;
}
