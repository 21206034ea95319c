using OVPipeline.Core;

namespace OVPipeline.Experiments;

/// <summary>A circuit under the attention pattern of a head: what is read where that head attends, and what is written of it.</summary>
/// <param name="Pattern">The head that attends.</param>
/// <param name="Circuit">What takes the place of its <c>W_V W_O</c>, [d_model, r][r, d_model].</param>
public sealed record PatternCircuit(HeadIndex Pattern, FactoredMatrix Circuit);
