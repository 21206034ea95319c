using System.CommandLine;
using OVPipeline.Chaos;

var kills = new Option<int>("--kills") { Description = "How often each program is killed.", DefaultValueFactory = _ => 10 };
var seed = new Option<int>("--seed") { Description = "Another seed has other moments.", DefaultValueFactory = _ => 1 };
var only = new Option<string?>("--only") { Description = "Only trials whose name contains this." };
var folder = new Argument<string>("folder");
var opened = new Argument<string>("opened");
var hold = new Command(HeldModel.Command, "Opens a model, says so by a file, waits for a line, and reads it.") { folder, opened };
hold.Hidden = true;
hold.SetAction(parsed => HeldModel.Run(parsed.GetRequiredValue(folder), parsed.GetRequiredValue(opened)));

var command = new RootCommand("Kills, fills, starves and interrupts the programs, and counts what was lost.") { kills, seed, only, hold };
command.SetAction(parsed =>
{
    var options = new ChaosOptions(parsed.GetValue(kills), parsed.GetValue(seed), parsed.GetValue(only));
    using var run = new ChaosRun(options, Console.WriteLine);
    return run.Run().Any(outcome => outcome.Wrong.Count > 0) ? 1 : 0;
});
return command.Parse(args).Invoke();
