// What each rank can copy through a model's embeddings, freely and at the norm of its best head, and where the model's own circuits stand.
using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Samples;

var folder = CommandOption.Out("Where finished parts are kept: a second run takes them.", "out/frontier");
var command = new SampleCommand("What each rank can copy through a model's embeddings, and where the model's own circuits stand.")
{
    Examples =
    [
        new("", "The embedded model."),
        new("gpt2-small --fold-layer-norm --out out/gpt2", "A model of the hub, its normalization folded in."),
    ],
};
Findings.AddTo(command, folder);
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    var load = ModelOptions.Loader(parsed);
    string store = parsed.GetRequiredValue(folder).FullName;
    AtomicFile.RequireWritable(store);

    var frontier = await RunProgress.Show(bars =>
    {
        var model = load(bars, cancellationToken);
        model.Weights.Config.RequireCopying();
        var laboratory = new Laboratory(model, new() { Store = store, CancellationToken = cancellationToken });
        var experiment = new RankFrontier(RankFrontierOptions.Quick);
        return experiment.Run(laboratory, new ExperimentBar(bars, experiment.Info));
    }, cancellationToken);

    var found = new Findings(frontier.Model.Name).Table(frontier.ByRank);
    foreach (var circuit in frontier.Slack)
        found.Say($"{circuit.Heads}: {circuit.SeparationShare:P0} of the d'² that a fit of its rank reaches.");
    return found.Print(parsed);
});
return await Sample.Run(command, args);
