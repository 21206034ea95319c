namespace OVPipeline.Experiments;

/// <summary>How the last layer copied at a checkpoint of training.</summary>
/// <param name="Tokens">Tokens trained on, or steps where that is all that names tell (<see cref="DynamicsResult.Unit"/>).</param>
/// <param name="Heads">Top-1 share of each head of the last layer, by its place.</param>
/// <param name="Pair">Top-1 share of A and B together.</param>
/// <param name="Layer">Top-1 share of the whole layer.</param>
public sealed record CheckpointFigures(long Tokens, IReadOnlyList<double> Heads, double Pair, double Layer)
{
    /// <summary>Induction score of each head of the last layer, by its place; null where the model has no forward pass.</summary>
    public IReadOnlyList<double>? Induction { get; init; }
}
