using System.CommandLine;
using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Samples;
using OVPipeline.Samples.MeasureBehaviour;
using OVPipeline.Torch;
using Spectre.Console;

var without = CommandOption.Of<string?>("--without", "Heads to ablate for a second measurement, such as 1.7,1.1.");
var text = CommandOption.Of(
    "--text", "Text for the loss: a file (.txt, .gz), a folder or a pattern; 'none' for none.", BehaviourReport.EmbeddedText);
var windows = CommandOption.Of("--windows", "Windows of n_ctx tokens, spread over the text.", 64);
var seed = CommandOption.Of("--seed", "Seed of random tokens and of names.", 1);
var command = new RootCommand(
    "Runs an attention-only model and measures it: loss on text, what each head attends to and copies, and repeated tokens and names.")
    { without, text, windows, seed };
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    TorchLibrary.EnsureLoaded();
    var load = ModelOptions.Loader(parsed);
    HeadIndex[] ablated = [.. parsed.GetValue(without)?.Split(',').Select(HeadIndex.Parse) ?? []];
    string source = parsed.GetRequiredValue(text);
    var options = new BehaviourOptions
    {
        Text = source == "none" ? null : new(source),
        Windows = parsed.GetValue(windows),
        Seed = parsed.GetValue(seed),
    };
    var ml = new MLContext(options.Seed);
    var (config, rows) = await AnsiConsole.Progress().AutoClear(true).StartAsync(progress => Task.Run(() =>
    {
        var model = load(progress, cancellationToken);
        var task = progress.AddTask("running the model", maxValue: 1);
        var heads = ml.Data.LoadHeadBehaviour(model, options, ablated, new Progress<double>(done => task.Value = done), cancellationToken);
        return (model.Weights.Config, ml.Data.CreateEnumerable<HeadBehaviourRow>(heads, reuseRowObject: false).ToArray());
    }, cancellationToken));

    string sizes = $"{config.Layers} layers of {config.Heads} heads, d_model {config.DModel}, V {config.Vocabulary:N0}";
    if (config.NoCopying is not null)
        sizes += $", {config.OutputVocabulary:N0} outputs";
    AnsiConsole.MarkupLineInterpolated($"[bold]{config.Name}[/]: {sizes}");
    AnsiConsole.Write(BehaviourReport.Table(rows));
    foreach (string sentence in BehaviourReport.Sentences(rows, options.Text?.Path, config.NoCopying))
        AnsiConsole.WriteLine(sentence);
    return 0;
});
return await Sample.Run(command, args);
