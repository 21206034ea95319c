using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Tests that measure time or memory: they run after all others, one by one.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
