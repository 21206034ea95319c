namespace OVPipeline.Experiments;

/// <summary>How much text a model is run on: what of a laboratory's options concerns text.</summary>
/// <param name="Text">The folder of texts; null for none.</param>
/// <param name="Seed">Seed of the random tokens of induction scores.</param>
/// <param name="ScalarBlocks">Blocks of training text on which scalars are fitted.</param>
/// <param name="JudgedBlocks">Blocks of validation text.</param>
/// <param name="EmbeddingBlocks">Blocks of training text for means over text.</param>
/// <param name="CancellationToken">Stops between blocks.</param>
internal sealed record ForwardOptions(
    string? Text, int Seed, int ScalarBlocks, int JudgedBlocks, int EmbeddingBlocks, CancellationToken CancellationToken);
