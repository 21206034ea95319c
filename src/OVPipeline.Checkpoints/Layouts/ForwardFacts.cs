using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>What a layout tells of a forward pass.</summary>
/// <param name="Config">What a forward pass needs to know.</param>
/// <param name="Followed">The fields of the configuration that are in it.</param>
/// <param name="Unknown">What of the model is not in it, a clause each: a reason not to run it.</param>
internal sealed record ForwardFacts(ForwardConfig Config, IReadOnlyCollection<string> Followed, IReadOnlyList<string> Unknown);
