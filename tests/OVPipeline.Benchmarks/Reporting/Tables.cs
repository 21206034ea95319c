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
        AnsiConsole.WriteLine($"Measured multiply-add peak {result.PeakGigaflops} GFLOP/s. Ours decided {result.RecheckedRows:N0} rows beyond single precision.");
        if (result.Lines.Max(line => line.RowsThatDiffer) is not { } differ)
            return;
        string verdict = differ <= result.RecheckedRows ? "they agree up to single-precision ties." : "MORE THAN SINGLE-PRECISION TIES EXPLAIN.";
        AnsiConsole.WriteLine($"Over the same rows libtorch's counts and ours differ by {differ:N0} rows at most: {verdict}");
    }

    public static void Write(FittingResult result)
    {
        var table = New($"rank {result.Rank}, noise {result.Noise}, data seed {result.Seed}, V {result.Vocabulary:N0}, d_model {result.Width}",
            "fitting", $"seconds to {result.Target:0.0 %}", "steps", "times ours", "final top-1", "final seconds", "MB beyond inputs");
        foreach (var line in result.Lines)
            table.AddRow(line.Name, line.SecondsToTarget?.ToString() ?? "not reached", line.StepsToTarget?.ToString() ?? "",
                Times(line.TimesOurs), $"{line.FinalAccuracy:0.000 %}",
                $"{line.FinalSeconds:0.00}", Megabytes(line.PeakMegabytes));
        AnsiConsole.Write(table);
        double[] others = [.. result.Lines.Skip(1).Select(line => line.FinalAccuracy)];
        if (others.Length > 0)
            AnsiConsole.WriteLine("libtorch's ways take the same steps on the same batches: "
                + $"they end {(others.Max() - others.Min()) * result.Vocabulary:0} tokens of {result.Vocabulary:N0} apart.");
    }

    /// <summary>Over all seeds of a rank and a difficulty.</summary>
    public static void WriteSummary(IReadOnlyList<FittingResult> results)
    {
        foreach (var group in results.GroupBy(result => (result.Rank, result.Noise)))
        {
            var lines = group.SelectMany(result => result.Lines).GroupBy(line => line.Name).ToList();
            string data = $"Rank {group.Key.Rank}, noise {group.Key.Noise}, data seeds 1 to {group.Count()}";
            AnsiConsole.WriteLine($"{data}: {string.Join("; ", lines.Select(Summary))}.");
        }

        static string Summary(IGrouping<string, FittingLine> lines)
        {
            double[] times = [.. lines.Where(line => line.TimesOurs is not null).Select(line => line.TimesOurs!.Value)];
            double[] seconds = [.. lines.Where(line => line.SecondsToTarget is not null).Select(line => line.SecondsToTarget!.Median)];
            string time = seconds.Length > 0 ? $"{Spread.Of(seconds)} s" : "never reached the target";
            string ratio = times.Length > 0 ? $", {Spread.Of(times)} times ours" : "";
            return $"{lines.Key} {time}{ratio}, final {Spread.Of(lines.Select(line => 100 * line.FinalAccuracy))} %";
        }
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
