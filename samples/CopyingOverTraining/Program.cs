using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Samples;
using OVPipeline.Samples.CopyingOverTraining;

var at = CommandOption.Of<string?>(
    "--at", "Checkpoints to measure, by name or number, such as step0,step512, 8000 or 5M. Default: all.", "NAME,...");
at.Aliases.Add("--revisions");
var every = CommandOption.Of("--every", "Measures every so manieth of them, and the last.", 1);
var heads = HeadOptions.Of(
    "--heads", "Heads to follow, such as 1.1,1.7: each alone and all together. Default: each checkpoint's best head and best pair.");
var command = new SampleCommand(
    "Shows how copying came about over a training: for each checkpoint how many tokens heads rank first, by the weights alone.")
{
    Examples =
    [
        new("", "The embedded model, at the checkpoints that lie beside it."),
        new("--at 1M,20M --heads 1.1,1.7", "Two of them, and two heads of its last layer."),
        new("EleutherAI/pythia-70m --at step0,step512,step143000", "Revisions of a model of the hub."),
    ],
};
command.AddGroup("What is measured", at, every, heads);
Findings.AddTo(command);
ModelOptions.AddTo(command, tokenizer: false);

command.SetAction(async (parsed, cancellationToken) =>
{
    var followed = parsed.GetRequiredValue(heads);
    var (source, options) = ModelOptions.Named(parsed);
    using var hub = new HubClient();
    var series = CheckpointSeries.Open(source, options, hub, cancellationToken);
    var chosen = SeriesRows.Choose(series, parsed.GetValue(at), parsed.GetValue(every));
    var rows = await RunProgress.Show(bars => bars.Part("checkpoints", chosen.Count, done => chosen.Select(checkpoint =>
    {
        var weights = series.Load(checkpoint, new DownloadBars(bars), cancellationToken);
        var row = SeriesRows.Measure(checkpoint, weights, followed, cancellationToken);
        done(1);
        return row;
    }).ToArray()), cancellationToken);
    return new Findings(series.Source)
        .ForPeople($"{series.Source}: {series.Checkpoints.Count} checkpoints, {rows.Length} measured.")
        .Table(SeriesRows.Table(series.Unit, rows))
        .Say("Shares of all tokens whose own logit the OV circuit ranks first, and means of 1 / rank: a census, by the weights alone.")
        .Print(parsed);
});
return await Sample.Run(command, args);
