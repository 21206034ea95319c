using OVPipeline.Core;

namespace OVPipeline;

/// <summary>What a circuit column carries in its annotation.</summary>
internal sealed record AnnotatedCircuit(TokenCircuit Circuit, Vocabulary Vocabulary);
