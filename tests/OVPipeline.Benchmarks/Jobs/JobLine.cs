namespace OVPipeline.Benchmarks;

/// <summary>What a job took one of those that were measured.</summary>
/// <param name="Job">The job.</param>
/// <param name="Contestant">Who did it, or which part of it this is.</param>
/// <param name="Seconds">From start to end of the process, or of the part.</param>
/// <param name="ProcessorSeconds">Of all its processors; null where it is not known.</param>
/// <param name="PeakMegabytes">Of a whole process, in 10^6 bytes; null for a part.</param>
/// <param name="Note">What else is to be known.</param>
internal sealed record JobLine(
    string Job, string Contestant, double Seconds, double? ProcessorSeconds = null, double? PeakMegabytes = null, string Note = "")
{
    public const string Ours = "ours", Before = "before", Libtorch = "libtorch";

    /// <summary>The line in words.</summary>
    public override string ToString()
    {
        string line = $"{Job}, {Contestant}{(Note.Length > 0 ? $", {Note}" : "")}: {Seconds:0.00} s";
        return line + (ProcessorSeconds is { } busy ? $", {busy:0.00} CPU s" : "") + (PeakMegabytes is { } peak ? $", {peak:0} MB" : "");
    }
}
