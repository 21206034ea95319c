using System.CommandLine;
using System.Diagnostics;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using OVPipeline.Samples.TestTheClaim;
using Spectre.Console;

var command = ClaimOptions.Command();
command.SetAction(async (parsed, cancellationToken) =>
{
    var clock = Stopwatch.StartNew();
    string output = ClaimOptions.Output(parsed);
    var runner = ClaimOptions.Runner(parsed); // what is wrong fails now rather than after the work
    AtomicFile.RequireWritable(output);
    var load = EmbeddingOption.Loader(parsed);
    var options = ClaimOptions.Laboratory(parsed, cancellationToken);
    var (laboratory, outcomes) = await RunProgress.Show(bars =>
    {
        var model = load(bars, cancellationToken);
        var sequences = ClaimOptions.Sequences(parsed, model.Weights.Config);
        if (ModelOptions.MeasuresNorms(parsed))
            model = MeasuredNorms.Hold(model, options, sequences, cancellationToken);
        var laboratory = new Laboratory(model, options, sequences);
        return (laboratory, runner.Run(laboratory, experiment => new ExperimentBar(bars, experiment), cancellationToken));
    }, cancellationToken);
    Summary.Remark(laboratory.Store.Remarks);
    string footer = $"Made by OVPipeline in {clock.Elapsed.TotalSeconds:0} s (parts that were kept from an earlier run take no time).";
    var report = ClaimReport.Of(laboratory, outcomes, ClaimOptions.Extent(parsed), footer);
    string page = report.Save(output);
    if (Findings.AsJson(parsed))
    {
        Console.Out.WriteLine(report.ToJson());
        return;
    }
    Summary.Print(outcomes, report);
    AnsiConsole.WriteLine($"{clock.Elapsed.TotalSeconds:0.0} s. The report is {page}");
});
return await Sample.Run(command, args, patience: TimeSpan.FromMinutes(2));
