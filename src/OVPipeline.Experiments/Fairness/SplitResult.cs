namespace OVPipeline.Experiments;

/// <summary>One split into fitted and held-out tokens.</summary>
/// <param name="Circuits">How each circuit did.</param>
internal sealed record SplitResult(IReadOnlyList<SplitCircuit> Circuits);

/// <summary>A circuit on a split.</summary>
/// <param name="Name">The circuit.</param>
/// <param name="HeldOut">On held-out tokens, against the whole vocabulary.</param>
/// <param name="FittedTop1">Top-1 share of the other tokens, against the whole vocabulary.</param>
/// <param name="First">Which of the held-out tokens it ranks first, in their order.</param>
internal sealed record SplitCircuit(string Name, CircuitResult HeldOut, double FittedTop1, IReadOnlyList<bool> First);
