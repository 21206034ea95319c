namespace OVPipeline.Benchmarks;

/// <summary>The goals of whole jobs and of the parts that they are made of, held to what a report has of them.</summary>
internal static class Goals
{
    private const int Vocabulary = 50278, Width = 768;
    private const double AllowedMegabytes = 300;

    private static readonly string[] s_ofCourse = [JobComparison.Course, JobComparison.Pairs, JobComparison.Temperature];

    /// <summary>All of them; those whose job was not run have no figure.</summary>
    /// <param name="report">What was measured.</param>
    /// <param name="options">Its sizes: goals are of the course's shape, and nothing smaller meets them.</param>
    public static IEnumerable<Goal> Of(Report report, CompareOptions options)
    {
        bool isCourse = options is { Vocabulary: Vocabulary, Width: Width };
        IReadOnlyList<JobLine> jobs = [.. report.Jobs.Where(line => isCourse || !s_ofCourse.Contains(line.Job))];
        double weights = CourseModel.WeightBytes(Vocabulary, Width) / 1e6;
        JobLine? Line(string job, string contestant = JobLine.Ours) =>
            jobs.LastOrDefault(line => line.Job == job && line.Contestant == contestant);
        JobLine? miniLM = Line(JobComparison.MiniLM), course = Line(JobComparison.Course);

        yield return Goal.AtMost("ReproduceClaim on MiniLM", 60, miniLM?.Seconds, "s");
        yield return Goal.TimesAsFast("the same, beside the build before", 5,
            Line(JobComparison.MiniLM, JobLine.Before)?.Seconds / miniLM?.Seconds);
        yield return Goal.AtMost("ReproduceClaim at the course's shape, pair searched", 90, course?.Seconds, "s");
        yield return Goal.AtMost("the same, memory", 1200, course?.PeakMegabytes, "MB");
        yield return Goal.AtMost("the same, three times its weights and 300 MB", MemoryFor(weights), course?.PeakMegabytes, "MB");
        yield return Goal.AtMost("66 pairs of 12 heads of 64, V 50,278", 15, Line(JobComparison.Pairs)?.Seconds, "s");
        yield return Goal.AtMost("evaluation with temperature", 1.3, WithTemperature(jobs), "evaluations");
        yield return Goal.AtMost("TestTheClaim on the embedded model", 240, Line(JobComparison.Claim)?.Seconds, "s");
        yield return Goal.AtMost("HeadAtlas on MiniLM without QK, a head", 1.1,
            Line(JobComparison.Atlas)?.ProcessorSeconds / JobComparison.AtlasHeads, "CPU s");
        IReadOnlyList<ScoringResult> scoring = isCourse ? report.Scoring : [];
        IReadOnlyList<FittingResult> fitting = isCourse ? report.Fitting : [];
        yield return Goal.TimesAsFast("rank of the label beside libtorch's count, the least", 20, Least(scoring, "count"));
        yield return Goal.TimesAsFast("top 5 beside libtorch's topk, the least", 12, Least(scoring, "topk"));
        yield return Goal.TimesAsFast("fit, looks counted, beside autograd", 20, Fit(fitting, "autograd"));
        yield return Goal.TimesAsFast("fit, looks counted, beside the gradient by hand", 6, Fit(fitting, "by hand"));
        yield return Goal.AtMost("AVX2, the slowest part", 2, Slowest(report.Jobs, 1), "times AVX-512's time");
        yield return Goal.AtMost("no AVX, the slowest part", 2.5, Slowest(report.Jobs, 3), "times AVX2's time");
    }

    private static double MemoryFor(double weightMegabytes) => (3 * weightMegabytes) + AllowedMegabytes;

    // By processors' time, as all ratios of one kind of work: what else the machine does is not in it.
    private static double? WithTemperature(IEnumerable<JobLine> lines)
    {
        var parts = lines.Where(line => line.Job == JobComparison.Temperature);
        double[] seconds = [.. parts.Select(line => line.ProcessorSeconds!.Value)];
        return seconds.Length == 0 ? null : seconds.Chunk(2).Max(pair => pair[1] / pair[0]);
    }

    // The slowest part with a set of instructions, beside the same part with the set before.
    private static double? Slowest(IReadOnlyList<JobLine> lines, int set)
    {
        var parts = lines.Where(line => line.Job == Work.Kernels);
        double[][] bySet = [.. JobComparison.Sets.Select(name =>
            parts.Where(line => line.Contestant == name).Select(line => line.ProcessorSeconds!.Value).ToArray())];
        return bySet[set].Length == 0 ? null : bySet[set].Zip(bySet[set - 1], (own, other) => own / other).Max();
    }

    private static double? Least(IEnumerable<ScoringResult> results, string way) =>
        results.SelectMany(result => result.Lines).Where(line => line.Name.Contains(way, StringComparison.Ordinal))
            .Min(line => line.TimesOurs);

    // What was given up counts as what it had come to.
    private static double? Fit(IEnumerable<FittingResult> results, string way)
    {
        double[] times = [.. results.SelectMany(result => result.Lines).Where(line => line.Name.Contains(way, StringComparison.Ordinal))
            .Select(line => line.TimesOurs ?? line.AtLeastTimesOurs).OfType<double>()];
        return times.Length == 0 ? null : Spread.Of(times).Median;
    }
}
