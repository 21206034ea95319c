using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using OVPipeline.Samples.CopyingOverTraining;
using Spectre.Console;

var at = CommandOption.Of<string?>("--at", "Checkpoints to measure, by name or number, such as step0,step512, 8000 or 5M. Default: all.");
var every = CommandOption.Of("--every", "Measure every so manieth of them, and the last.", 1);
var heads = CommandOption.Of<string?>(
    "--heads", "Heads to follow, such as 1.1,1.7: each alone and all together. Default: each checkpoint's best head and best pair.");
var command = new RootCommand(
    "Shows how copying came about over a training: for each checkpoint how many tokens heads rank first, by the weights alone.")
    { at, every, heads };
ModelOptions.AddTo(command, tokenizer: false);

at.Aliases.Add("--revisions");

command.SetAction(async (parsed, cancellationToken) =>
{
    HeadIndex[] followed = [.. parsed.GetValue(heads)?.Split(',').Select(HeadIndex.Parse) ?? []];
    var (source, options) = ModelOptions.Named(parsed);
    using var hub = new HubClient();
    var series = CheckpointSeries.Open(source, options, hub, cancellationToken);
    var chosen = SeriesRows.Choose(series, parsed.GetValue(at), parsed.GetValue(every));
    List<SeriesRow> rows = [];
    await AnsiConsole.Progress().AutoClear(true).StartAsync(bars => Task.Run(() =>
    {
        var bar = bars.AddTask("checkpoints", maxValue: chosen.Count);
        foreach (var checkpoint in chosen)
        {
            var weights = series.Load(checkpoint, new DownloadBars(bars), cancellationToken);
            rows.Add(SeriesRows.Measure(checkpoint, weights, followed, cancellationToken));
            bar.Increment(1);
        }
    }, cancellationToken));
    AnsiConsole.WriteLine($"{series.Source}: {series.Checkpoints.Count} checkpoints, {rows.Count} measured.");
    AnsiConsole.Write(SeriesRows.Table(series.Unit, rows));
    AnsiConsole.WriteLine(
        "Shares of all tokens whose own logit the OV circuit ranks first, and means of 1 / rank: a census, by the weights alone.");
    return 0;
});
return await Sample.Run(command, args);
