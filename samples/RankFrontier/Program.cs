// What each rank can copy through a model's embeddings, freely and at the norm of its best head, and where the model's own circuits stand.
// dotnet run -c Release --project samples/RankFrontier -- [MODEL] : a folder, a file or a hub id; the embedded model where none is named.
using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Experiments;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using Spectre.Console;

var name = new Argument<string>("model")
{
    Description = "A folder, a file or a hub id.",
    DefaultValueFactory = _ => Path.Combine("data", "attn-only-2l-quarter"),
};
var command = new RootCommand("What each rank can copy through a model's embeddings, and where the model's own circuits stand.") { name };

command.SetAction(parsed =>
{
    var model = TransformerCheckpoint.Load(parsed.GetRequiredValue(name));
    model.Weights.Config.RequireCopying();
    var laboratory = new Laboratory(model, new() { Store = Path.Combine("out", "frontier") }); // a second run takes what the first one left

    var frontier = new RankFrontier(RankFrontierOptions.Quick).Run(laboratory);

    AnsiConsole.Write(ConsoleTable.Of(frontier.ByRank));
    foreach (var circuit in frontier.Slack)
        AnsiConsole.WriteLine($"{circuit.Heads}: {circuit.SeparationShare:P0} of the d'² that a fit of its rank reaches.");
});
return await Sample.Run(command, args);
