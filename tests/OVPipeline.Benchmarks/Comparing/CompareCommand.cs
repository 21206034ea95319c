using System.CommandLine;
using OVPipeline.Torch;
using Spectre.Console;

namespace OVPipeline.Benchmarks;

/// <summary>The <c>compare</c> command: ours and libtorch's in one process, in turn.</summary>
internal static class CompareCommand
{
    private static readonly string[] Parts = ["scoring", "fitting", "pipeline", "engines", "jobs"];

    public static Command Create()
    {
        var vocabulary = Numbers.Count("--vocabulary", "Tokens, V.", 50278, least: 16);
        var width = Numbers.Count("--d-model", "Width of the embeddings.", 768);
        var ranks = Numbers.List("--rank", "Ranks, such as 64,128.", 64, 128);
        var rounds = Numbers.Count("--rounds", "How often each contestant of scoring and pipeline runs.", 5);
        var rows = Numbers.Share("--rows",
            "Share of the rows that libtorch scores, and in jobs of the steps that it takes; its time is scaled up in proportion.", 0.25);
        var seeds = Numbers.Count("--seeds", "Data seeds of the fits.", 3);
        var noises = Numbers.List("--noise", "Difficulties of the fits.", 0.5, 0.6);
        var steps = Numbers.Count("--fit-steps", "Steps of libtorch's fits, over which their learning rate falls.", 300);
        var fitSeconds = Numbers.Count("--fit-seconds", "Most seconds that libtorch's steps of one fit may take.", 240);
        var toTheEnd = new Option<bool>("--to-the-end")
        {
            Description = "Takes all steps of every fit, past the target, for the accuracies at the end.",
        };
        var parts = new Option<string[]>("--part")
        {
            Description = "What to compare. Default: all but engines, our own on the processor and on a Torch device, and jobs, whole "
                + "processes of ours and of libtorch's.",
            DefaultValueFactory = _ => Parts[..3],
            AllowMultipleArgumentsPerToken = true,
        };
        parts.AcceptOnlyFromAmong(Parts);
        var device = new Option<string>("--device")
        {
            Description = "The Torch device for engines: cpu, cuda or cuda:1.",
            DefaultValueFactory = _ => "cpu",
        };
        var jobs = new Option<string[]>("--job")
        {
            Description = "Jobs to run. Default: all.",
            DefaultValueFactory = _ => JobComparison.Names,
            AllowMultipleArgumentsPerToken = true,
        };
        jobs.AcceptOnlyFromAmong(JobComparison.Names);
        var baseline = new Option<DirectoryInfo?>("--baseline")
        {
            Description = "A checkout of an earlier commit with the samples built (-c Release): its programs run each job before ours.",
        };
        var file = new Option<FileInfo?>("--out") { Description = "A JSON file for the figures." };
        var command = new Command("compare", "Measures ours and libtorch's, interleaved in one process; jobs are whole processes in turn.")
            { vocabulary, width, ranks, rounds, rows, seeds, noises, steps, fitSeconds, toTheEnd, parts, device, jobs, baseline, file };
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            string? unavailable = TorchLibrary.WhyUnavailable();
            var options = new CompareOptions(parsed.GetValue(vocabulary), parsed.GetValue(width), parsed.GetRequiredValue(ranks),
                parsed.GetValue(rounds), parsed.GetValue(rows), parsed.GetValue(seeds), parsed.GetRequiredValue(noises),
                parsed.GetValue(steps), parsed.GetValue(fitSeconds), parsed.GetValue(toTheEnd), unavailable is null,
                parsed.GetRequiredValue(device));
            var output = parsed.GetValue(file);
            var report = Run(options, parsed.GetRequiredValue(parts), unavailable, output, cancellationToken);
            if (parsed.GetRequiredValue(parts).Contains("jobs"))
                RunJobs(options, parsed.GetRequiredValue(jobs), parsed.GetValue(baseline), report, output, cancellationToken);
        }, cancellationToken));
        return command;
    }

    private static void RunJobs(CompareOptions options, string[] jobs, DirectoryInfo? baseline, Report report, FileInfo? file,
        CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("ovpipeline-jobs-").FullName;
        try
        {
            var comparison = new JobComparison(options, baseline is null ? null : new(baseline.FullName), folder, cancellationToken);
            foreach (string job in jobs)
            {
                int first = report.Jobs.Count;
                foreach (var line in comparison.Run(job))
                {
                    report.Jobs.Add(line);
                    AnsiConsole.WriteLine(line.ToString()); // a researcher's program takes long: what was measured before it stays
                    report.Save(file);
                }
                Tables.Write(job, report.Jobs[first..]);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        report.Goals = [.. Goals.Of(report, options)];
        Tables.Write(report.Goals);
        report.Save(file);
    }

    private static Report Run(CompareOptions options, string[] parts, string? unavailable, FileInfo? file,
        CancellationToken cancellationToken)
    {
        var report = new Report("compare", Machine.Here(unavailable ?? TorchTensors.Description));
        AnsiConsole.WriteLine(report.Machine.ToString());
        if (unavailable is not null)
            AnsiConsole.WriteLine("Ours alone, without libtorch to compare with.");
        if (parts.Contains("scoring"))
            foreach (var result in ScoringComparison.Run(options, cancellationToken))
                Add(report.Scoring, result, Tables.Write);
        if (parts.Contains("pipeline"))
            foreach (var result in PipelineComparison.Run(options, cancellationToken))
                Add(report.Pipeline, result, Tables.Write);
        if (parts.Contains("fitting"))
        {
            foreach (var result in FittingComparison.Run(options, cancellationToken))
                Add(report.Fitting, result, Tables.Write);
            Tables.WriteSummary(report.Fitting);
        }

        if (parts.Contains("engines"))
        {
            foreach (var result in EngineComparison.Score(options, cancellationToken))
                Add(report.Engines, result, Tables.Write);
            foreach (var result in EngineComparison.Fit(options, cancellationToken))
                Add(report.Fitting, result, Tables.Write);
        }
        return report;

        void Add<T>(List<T> results, T result, Action<T> write)
        {
            results.Add(result);
            write(result);
            report.Save(file);
        }
    }
}
