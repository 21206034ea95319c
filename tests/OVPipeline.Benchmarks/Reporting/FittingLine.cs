namespace OVPipeline.Benchmarks;

/// <summary>One way to fit a copier, on one model.</summary>
/// <param name="Name">What was run.</param>
/// <param name="SecondsToTarget">Time until the target accuracy; null where it was not reached.</param>
/// <param name="StepsToTarget">Steps until then.</param>
/// <param name="FinalAccuracy">Share of all tokens ranked first where it was stopped: at the target, or when all steps were taken.</param>
/// <param name="FinalSeconds">Time until then.</param>
/// <param name="PeakMegabytes">Memory beyond the inputs.</param>
/// <param name="TimesOurs">Its time to the target over ours; null for ours, or where either did not reach it.</param>
/// <param name="TimesOurSteps">Its time, to the target or until it was given up, over ours up to the last step.</param>
/// <param name="AtLeastTimesOurs">
/// The time that it took without reaching the target over ours to the target; null where it reached it.
/// </param>
internal sealed record FittingLine(string Name, Spread? SecondsToTarget, int? StepsToTarget, double FinalAccuracy, double FinalSeconds,
    double? PeakMegabytes, double? TimesOurs, double? AtLeastTimesOurs, double? TimesOurSteps);
