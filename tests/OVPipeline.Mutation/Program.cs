using System.CommandLine;
using OVPipeline.Mutation;

var count = new Option<int>("--count")
{
    Description = "How many mutants are drawn, beside the curated ones.",
    DefaultValueFactory = _ => 135,
};
var seed = new Option<int>("--seed") { Description = "Another seed draws other mutants.", DefaultValueFactory = _ => 1 };
var project = new Option<string?>("--project") { Description = "Only mutants of this project." };
var member = new Option<string?>("--member")
{
    Description = "Only mutants whose type and member contain this, or one of several parts with commas between.",
};
var sample = new Option<double?>("--sample")
{
    Description = "Ends within so many minutes, all told; as many mutants as there is time for.",
};
var least = new Option<double>("--least")
{
    Description = "The score, in percent, below which the areas that must lose nothing fail the run.",
    DefaultValueFactory = _ => 100,
};
var tests = new Option<string?>("--tests") { Description = "Only the tests of this project: a quick look, and no score." };
var workers = new Option<int>("--workers")
{
    Description = "How many test programs run at once.",
    DefaultValueFactory = _ => Environment.ProcessorCount,
};
var list = new Option<bool>("--list") { Description = "Lists the mutants instead of running them." };

var command = new RootCommand("Puts small faults into the sources, one at a time, and counts which of them the tests notice.");
foreach (Option option in new Option[] { count, seed, project, member, sample, least, tests, workers, list })
    command.Options.Add(option);
command.SetAction(parsed => new MutationCommand(new MutationOptions
{
    Count = parsed.GetValue(count),
    Seed = parsed.GetValue(seed),
    Project = parsed.GetValue(project),
    Member = parsed.GetValue(member),
    Limit = parsed.GetValue(sample) is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
    LeastScore = parsed.GetValue(least),
    Tests = parsed.GetValue(tests),
    Workers = parsed.GetValue(workers),
    OnlyList = parsed.GetValue(list),
}).Run());
return command.Parse(args).Invoke();
