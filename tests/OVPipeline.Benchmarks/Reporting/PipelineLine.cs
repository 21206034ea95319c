namespace OVPipeline.Benchmarks;

/// <summary>The pipeline beside the bare engine with the same outputs over the same rows.</summary>
/// <param name="Name">What was run.</param>
/// <param name="Engine">The bare engine's time.</param>
/// <param name="Pipeline">The pipeline's time.</param>
/// <param name="Ratio">Median over median.</param>
/// <param name="EngineMegabytes">The engine's memory beyond the inputs.</param>
/// <param name="PipelineMegabytes">The pipeline's.</param>
internal sealed record PipelineLine(string Name, Spread Engine, Spread Pipeline, double Ratio, double? EngineMegabytes,
    double? PipelineMegabytes);
