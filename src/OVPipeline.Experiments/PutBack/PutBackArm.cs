using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>What is put in the place of one head or of both.</summary>
/// <param name="Place">The heads that are taken out.</param>
/// <param name="Name">What is put there.</param>
/// <param name="Rank">Rank of what is put there, all together.</param>
/// <param name="Terms">Circuits, each under the pattern of a head; made when asked for, as some are fitted.</param>
internal sealed record PutBackArm(IReadOnlyList<HeadIndex> Place, string Name, int Rank, Func<IReadOnlyList<(HeadIndex Pattern, FactoredMatrix Circuit)>> Terms);
