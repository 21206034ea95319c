using System.CommandLine;
using System.Diagnostics;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using OVPipeline.Samples.TestTheClaim;
using Spectre.Console;

var experiments = ExperimentList.All;
var only = new Option<string?>("--only") { Description = $"Experiments to run, of {string.Join(",", experiments.Select(experiment => experiment.Name))}. Default: all." };
var quick = new Option<bool>("--quick") { Description = "Fewer ranks, seeds and repeats." };
var output = new Option<DirectoryInfo>("--output") { Description = "Where the report, its tables and the finished parts go.", DefaultValueFactory = _ => new(Path.Combine("out", "claim")) };
var seed = new Option<int>("--seed") { Description = "Seed of everything random.", DefaultValueFactory = _ => 1 };
var text = new Option<DirectoryInfo?>("--text") { Description = "A folder of texts (*.txt, *.txt.gz) to run the model on and to count tokens in; names that begin with train and valid say which is which. Default: data/text, where it is there." };
var checkpoints = new Option<DirectoryInfo?>("--checkpoints") { Description = "A folder of checkpoints of the model's training, tokens-005M.safetensors and so on. Default: checkpoints beside the model, where they are." };
var valueRank = new Option<DirectoryInfo?>("--value-rank-results") { Description = "A folder with what the command value-rank left. Default: data/value-rank, else out/value-rank." };
var command = new RootCommand("Tests the claim on a model: experiments on copying and rank, one report. A second run does only what is missing.") { only, quick, output, seed, text, checkpoints, valueRank, ValueRankCommand.Create() };
ModelOptions.AddTo(command, measures: true);

command.SetAction(async (parsed, cancellationToken) =>
{
    var clock = Stopwatch.StartNew();
    var options = new RunOptions
    {
        Output = parsed.GetRequiredValue(output).FullName,
        Only = parsed.GetValue(only)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        Quick = parsed.GetValue(quick),
        Seed = parsed.GetValue(seed),
        Text = parsed.GetValue(text)?.FullName ?? ModelOptions.FindData("text"),
        Checkpoints = parsed.GetValue(checkpoints)?.FullName ?? ModelOptions.BesideModel(parsed, "checkpoints"),
        MeasureNorms = ModelOptions.MeasuresNorms(parsed),
        ValueRankResults = parsed.GetValue(valueRank)?.FullName ?? ValueRankCommand.DefaultResults,
    };
    var runner = new ExperimentRunner(experiments, options); // fails now rather than after the work
    var load = ModelOptions.Loader(parsed);
    var (model, sections) = await AnsiConsole.Progress().Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn())
        .StartAsync(bars => Task.Run(() =>
        {
            var loaded = load(bars, cancellationToken);
            if (options.MeasureNorms)
                loaded = MeasuredNorms.Hold(loaded, options, null, cancellationToken);
            return (loaded, runner.Run(loaded, experiment => new ExperimentBar(bars, experiment), cancellationToken));
        }, cancellationToken));
    foreach (string remark in runner.Remarks.Take(3).Concat(runner.Remarks.Count > 3 ? [$"The same of {runner.Remarks.Count - 3} other parts."] : []))
        AnsiConsole.MarkupLineInterpolated($"[grey]{remark}[/]");
    var report = ReportFiles.Write(model, options, sections, clock.Elapsed);
    Summary.Print(report);
    AnsiConsole.WriteLine($"{clock.Elapsed.TotalSeconds:0.0} s. The report is {Path.Combine(options.Output, "report.html")}");
});
return await Sample.Run(command, args, patience: TimeSpan.FromMinutes(2));
