namespace OVPipeline.Benchmarks;

/// <summary>What a job is to cost at most, or by how much it is to be faster, and what was measured.</summary>
/// <param name="What">The job.</param>
/// <param name="Wanted">The goal, in words.</param>
/// <param name="Measured">What was measured, in words; null where it was not.</param>
/// <param name="IsMet">Whether that meets it.</param>
internal sealed record Goal(string What, string Wanted, string? Measured, bool IsMet)
{
    /// <summary>At most so much.</summary>
    public static Goal AtMost(string what, double most, double? measured, string unit) =>
        new(what, $"at most {most:0.##} {unit}", measured is { } one ? $"{one:0.##} {unit}" : null, measured <= most);

    /// <summary>At least so many times as fast.</summary>
    public static Goal TimesAsFast(string what, double least, double? measured) =>
        new(what, $"{least:0.##} times", measured is { } one ? $"{one:0.##} times" : null, measured >= least);
}
