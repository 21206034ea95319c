using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Samples;
using OVPipeline.Samples.InspectCheckpoint;
using Spectre.Console;

var all = CommandOption.Of<bool>("--all", "List every tensor, not the first 20.");
var text = CommandOption.Of("--text", "What to show the tokenizer.", "The cat sat on the mat, and the cat slept.");
var noCheck = CommandOption.Of<bool>("--no-check", "Read no weights: of a large checkpoint only the headers.");
var command = new RootCommand("Shows what a checkpoint holds: sizes, tensors, processing, tokens, and whether its weights are sound.")
    { all, text, noCheck };
ModelOptions.AddTo(command, named: true);

command.SetAction(async (parsed, cancellationToken) =>
{
    var load = ModelOptions.Loader(parsed);
    int most = parsed.GetValue(all) ? int.MaxValue : 20;
    TransformerCheckpoint model;
    try
    {
        model = await WithBars(load, cancellationToken);
    }
    catch (CheckpointException)
    {
        // What the file holds, before what is wrong with it: often the one shows the other.
        if (await OpenTensors(parsed, cancellationToken) is { } tensors)
            AnsiConsole.Write(Inspection.Tensors(tensors, most));
        throw;
    }

    AnsiConsole.Write(Inspection.Configuration(model));
    AnsiConsole.Write(Inspection.Tensors(model.Tensors!, most));
    string[] processing = model.Weights.Processing is { Count: > 0 } clauses ? [.. clauses] : ["none, raw weights"];
    AnsiConsole.WriteLine($"Processing: {string.Join("; ", processing)}.");
    AnsiConsole.Write(Inspection.Tokens(model, parsed.GetRequiredValue(text)));
    if (parsed.GetValue(noCheck))
        return 0;
    int count = 0;
    await AnsiConsole.Progress().AutoClear(true).StartAsync(async bars =>
    {
        var bar = bars.AddTask("reading every weight", maxValue: 1);
        count = await Task.Run(() => WeightChecks.ReadAll(model.Weights, bar.Increment, cancellationToken), cancellationToken);
        bar.Value = bar.MaxValue;
    });
    AnsiConsole.WriteLine($"Checks: {count:N0} weights were read; shapes fit the configuration and every value is finite.");
    return 0;
});
return await Sample.Run(command, args);

static Task<T> WithBars<T>(Func<ProgressContext, CancellationToken, T> load, CancellationToken cancellationToken) =>
    AnsiConsole.Progress().AutoClear(true).StartAsync(bars => Task.Run(() => load(bars, cancellationToken), cancellationToken));

static async Task<CheckpointTensors?> OpenTensors(ParseResult parsed, CancellationToken cancellationToken)
{
    try
    {
        return await WithBars(ModelOptions.TensorsLoader(parsed), cancellationToken);
    }
    catch (CheckpointException)
    {
        return null; // no file of tensors at all: what was said first is what is wrong
    }
}
