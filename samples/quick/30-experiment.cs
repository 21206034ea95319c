// One experiment of the laboratory: the frontier of three ranks, as a typed result and as a table.
#:project ../../src/OVPipeline.Experiments/OVPipeline.Experiments.csproj
#:project ../../src/OVPipeline.Reporting/OVPipeline.Reporting.csproj
#:package TorchSharp-cpu
#:property PublishAot=false
using OVPipeline.Checkpoints;
using OVPipeline.Experiments;
using OVPipeline.Reporting;
using Spectre.Console;

var laboratory = new Laboratory(TransformerCheckpoint.Load("data/attn-only-2l-quarter"), LaboratoryOptions.Quick);
var frontier = new RankFrontier(RankFrontierOptions.Quick with { Ranks = [4, 8, 16], Repeats = 1, Bisect = false }).Run(laboratory);

AnsiConsole.Write(ConsoleTable.Of(frontier.ByRank));
foreach (var slack in frontier.Slack)
    Console.WriteLine($"{slack.Heads}: {slack.SeparationShare:P0} of the d'² that a fit of its rank reaches");
