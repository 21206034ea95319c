using Spectre.Console;

namespace OVPipeline.Benchmarks;

/// <summary>Results as console tables.</summary>
internal static class Tables
{
    public static void Write(ScoringResult result)
    {
        var table = New($"{result.Circuit}, V {result.Vocabulary:N0}", "scoring", "seconds", "GFLOP/s", "of peak", "MB beyond inputs",
            "times ours", "top-1", "top-5");
        foreach (var line in result.Lines)
            table.AddRow(line.Name, line.Seconds.ToString(), $"{line.Gigaflops:0}", $"{line.ShareOfPeak:0 %}",
                Megabytes(line.PeakMegabytes), Times(line.TimesOurs),
                $"{line.Top1:0.000 %}", $"{line.Top5:0.000 %}");
        AnsiConsole.Write(table);
        if (result.Lines.FirstOrDefault(line => line.Rows < result.Vocabulary) is { } part)
            AnsiConsole.WriteLine($"libtorch scored {part.Rows:N0} rows: its accuracies are of those, its seconds in proportion for all.");
        AnsiConsole.WriteLine($"Measured multiply-add peak {result.PeakGigaflops} GFLOP/s. Ours decided {result.RecheckedRows:N0} "
            + "rows beyond single precision.");
        AnsiConsole.WriteLine($"Certification costs {result.CertificationCost:0.0 %} where no tile is left out; "
            + $"the uncertified count differs by {result.UncertifiedDiffers:N0} rows.");
        if (result.Lines.Max(line => line.RowsThatDiffer) is not { } differ)
            return;
        string verdict = differ <= result.RecheckedRows
            ? "they agree up to single-precision ties."
            : "MORE THAN SINGLE-PRECISION TIES EXPLAIN.";
        AnsiConsole.WriteLine($"Over the same rows libtorch's counts and ours differ by {differ:N0} rows at most: {verdict}");
    }

    public static void Write(FittingResult result)
    {
        string problem = $"rank {result.Rank}, noise {result.Noise}, data seed {result.Seed}, "
            + $"V {result.Vocabulary:N0}, d_model {result.Width}";
        var table = New(problem,
            "fitting", $"seconds to {result.Target:0.0 %}", "steps", "times ours", "times our steps", "top-1 when stopped",
            "seconds until then", "MB beyond inputs");
        foreach (var line in result.Lines)
            table.AddRow(line.Name, line.SecondsToTarget?.ToString() ?? "not reached", line.StepsToTarget?.ToString() ?? "",
                line.AtLeastTimesOurs is { } least ? $"> {least:0.00}" : Times(line.TimesOurs),
                line.AtLeastTimesOurs is null ? Times(line.TimesOurSteps) : $"> {line.TimesOurSteps:0.00}", $"{line.FinalAccuracy:0.000 %}",
                $"{line.FinalSeconds:0.00}", Megabytes(line.PeakMegabytes));
        AnsiConsole.Write(table);
    }

    /// <summary>Over all seeds of a rank and a difficulty, and over all problems.</summary>
    public static void WriteSummary(IReadOnlyList<FittingResult> results)
    {
        foreach (var group in results.GroupBy(result => (result.Rank, result.Noise)))
        {
            AnsiConsole.WriteLine($"Rank {group.Key.Rank}, noise {group.Key.Noise}, data seeds 1 to {group.Count()}: {SummaryOf(group)}.");
        }
        AnsiConsole.WriteLine($"All {results.Count} problems: {SummaryOf(results)}.");

        static string SummaryOf(IEnumerable<FittingResult> problems) =>
            string.Join("; ", problems.SelectMany(problem => problem.Lines).GroupBy(line => line.Name).Select(Summary));

        static string Summary(IGrouping<string, FittingLine> lines)
        {
            // A fit that was given up took at least so long: its ratio counts as what it had come to.
            double[] times = [.. lines.Select(line => line.TimesOurs ?? line.AtLeastTimesOurs).OfType<double>()];
            double[] seconds = [.. lines.Where(line => line.SecondsToTarget is not null).Select(line => line.SecondsToTarget!.Median)];
            int given = lines.Count(line => line.AtLeastTimesOurs is not null);
            string time = seconds.Length > 0 ? $"{Spread.Of(seconds)} s" : "never reached the target";
            string ratio = times.Length > 0 ? $", {Spread.Of(times)} times ours{(given > 0 ? $" at least, {given} given up" : "")}" : "";
            double[] steps = [.. lines.Select(line => line.TimesOurSteps).OfType<double>()];
            if (steps.Length > 0)
                ratio += $", {Spread.Of(steps)} times ours up to the last step";
            return $"{lines.Key} {time}{ratio}, stopped at {Spread.Of(lines.Select(line => 100 * line.FinalAccuracy))} %";
        }
    }

    public static void Write(EngineResult result)
    {
        var table = New(
            $"{result.Circuit}, V {result.Vocabulary:N0}", "engine", "seconds", "GFLOP/s", "MB beyond inputs", "times the processor's");
        foreach (var line in result.Lines)
            table.AddRow(line.Name, line.Seconds.ToString(), $"{line.Gigaflops:0}", Megabytes(line.PeakMegabytes),
                Times(line.TimesProcessor));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"The device left {result.RecheckedRows:N0} rows open in single precision, {result.RedoneRows:N0} of them to "
            + $"the processor; {result.RowsThatDiffer:N0} ranks differ.");
    }

    public static void Write(PipelineResult result)
    {
        var table = New($"{result.Circuit}, {result.Vocabulary:N0} rows", "pipeline", "engine, seconds", "pipeline, seconds", "ratio",
            "engine, MB beyond inputs", "pipeline, MB beyond inputs");
        foreach (var line in result.Lines)
            table.AddRow(line.Name, line.Engine.ToString(), line.Pipeline.ToString(), $"{line.Ratio:0.000}",
                Megabytes(line.EngineMegabytes), Megabytes(line.PipelineMegabytes));
        AnsiConsole.Write(table);
    }

    public static void Write(ScalingResult result)
    {
        var table = New(result.Name, "V", "r", "seconds", "GFLOP/s");
        foreach (var point in result.Points)
            table.AddRow($"{point.Vocabulary:N0}", $"{point.Rank}", point.Seconds.ToString(), $"{point.Gigaflops:0}");
        AnsiConsole.Write(table);
        string operations = result.Expected is { } expected ? $"; operations grow as {result.Variable}^{expected:0}" : "";
        AnsiConsole.WriteLine($"Time grows as {result.Variable}^{result.Exponent:0.00}{operations}.");
    }

    public static void Write(string job, IReadOnlyList<JobLine> lines)
    {
        var table = New($"job {job}", "by", "of", "seconds", "CPU seconds", "peak MB", "times ours");
        foreach (var line in lines)
        {
            double? ours = lines.LastOrDefault(one => one.Contestant == JobLine.Ours)?.Seconds;
            string times = line.Contestant is JobLine.Before or JobLine.Libtorch ? Times(line.Seconds / ours) : "";
            table.AddRow(Markup.Escape(line.Contestant), Markup.Escape(line.Note), $"{line.Seconds:0.00}", $"{line.ProcessorSeconds:0.0}",
                $"{line.PeakMegabytes:0}", times);
        }
        AnsiConsole.Write(table);
    }

    public static void Write(IReadOnlyList<Goal> goals)
    {
        var table = New("goals", "what", "goal", "measured", "");
        foreach (var goal in goals)
            table.AddRow(Markup.Escape(goal.What), goal.Wanted, goal.Measured ?? "not measured",
                goal.Measured is null ? "" : goal.IsMet ? "met" : "NOT MET");
        AnsiConsole.Write(table);
    }

    private static Table New(string title, params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple).Title(Markup.Escape(title)).AddColumn(columns[0]);
        foreach (string column in columns.Skip(1))
            table.AddColumn(new TableColumn(column).RightAligned());
        return table;
    }

    private static string Megabytes(double? megabytes) => megabytes is null ? "unknown" : $"{megabytes:0}";

    private static string Times(double? times) => times is null ? "" : $"{times:0.00}";
}
