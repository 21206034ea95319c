namespace OVPipeline.Studies;

/// <summary>What a unit is estimated to take.</summary>
/// <param name="CoreSeconds">Seconds of one core.</param>
/// <param name="Bytes">Memory beyond the model's weights, in bytes.</param>
public readonly record struct UnitWork(double CoreSeconds, double Bytes);
