using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>A circuit as an experiment measured it.</summary>
/// <param name="Row">How it copies.</param>
/// <param name="Norm">Frobenius norm of its map in the residual stream.</param>
/// <param name="ByFrequency">Top-1 share of the text's tokens rather than of the vocabulary's; null where there are no counts.</param>
internal sealed record CircuitResult(CopyingRow Row, double Norm, double? ByFrequency);
