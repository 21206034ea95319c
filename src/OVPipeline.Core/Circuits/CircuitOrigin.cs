namespace OVPipeline.Core;

/// <summary>Where a circuit comes from: kept with it, saved with it.</summary>
/// <param name="Model">Name of the model; empty where there is none.</param>
/// <param name="Heads">The heads it was taken from; none for the direct path and for trained circuits.</param>
/// <param name="Processing">What was done to the model's weights as stored (<see cref="TransformerWeights.Processing"/>).</param>
public sealed record CircuitOrigin(string Model, IReadOnlyList<HeadIndex> Heads, IReadOnlyList<string> Processing)
{
    /// <summary>What the circuit's rows and columns stand for.</summary>
    public CircuitAxes Axes { get; init; }

    /// <summary>A circuit that a program made of nothing but factors.</summary>
    public static CircuitOrigin Unknown { get; } = new("", [], []);
}
