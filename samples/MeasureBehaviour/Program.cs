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
var tokens = CommandOption.Of<string?>(
    "--tokens", "Sequences of token ids in the place of text: a file of one a line (spaces or commas), or .npy.");
var targets = CommandOption.Of<string?>(
    "--targets", "Outputs that are right for --tokens: one for each token, a dash where none is scored, or one for the last.");
var windows = CommandOption.Of("--windows", "Windows of n_ctx tokens, spread over the text.", 64);
var seed = CommandOption.Of("--seed", "Seed of random tokens and of names.", 1);
var command = new RootCommand(
    "Runs a model and measures it: loss on text, what each head attends to and copies, and repeated tokens and names.")
    { without, text, tokens, targets, windows, seed };
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    TorchLibrary.EnsureLoaded();
    var load = ModelOptions.Loader(parsed);
    HeadIndex[] ablated = [.. parsed.GetValue(without)?.Split(',').Select(HeadIndex.Parse) ?? []];
    string source = parsed.GetRequiredValue(text);
    if (parsed.GetValue(targets) is not null && parsed.GetValue(tokens) is null)
        throw new ArgumentException("--targets are of --tokens: name these too.");
    var options = new BehaviourOptions
    {
        Text = source == "none" || parsed.GetValue(tokens) is not null ? null : new(source),
        Windows = parsed.GetValue(windows),
        Seed = parsed.GetValue(seed),
    };
    bool named = parsed.GetResult(text) is { Implicit: false };
    string? noText = null;
    var ml = new MLContext(options.Seed);
    var (config, rows) = await AnsiConsole.Progress().AutoClear(true).StartAsync(progress => Task.Run(() =>
    {
        var model = load(progress, cancellationToken);
        if (parsed.GetValue(tokens) is { } file)
            options = options with { Tokens = TokenSequences.Read(file, model.Weights.Config, parsed.GetValue(targets)) };
        if (options.Text is not null && !named && TextEncoding.WhyNone(model) is { } reason) // text that nobody asked for
            (options, noText) = (options with { Text = null }, reason);
        var task = progress.AddTask("running the model", maxValue: 1);
        var heads = ml.Data.LoadHeadBehaviour(model, options, ablated, new Progress<double>(done => task.Value = done), cancellationToken);
        return (model.Weights.Config, ml.Data.CreateEnumerable<HeadBehaviourRow>(heads, reuseRowObject: false).ToArray());
    }, cancellationToken));

    string sizes = $"{config.Layers} layers of {config.Heads} heads, d_model {config.DModel}, V {config.Vocabulary:N0}";
    if (config.NoCopying is not null)
        sizes += $", {config.OutputVocabulary:N0} outputs";
    AnsiConsole.MarkupLineInterpolated($"[bold]{config.Name}[/]: {sizes}");
    AnsiConsole.Write(BehaviourReport.Table(rows));
    if (noText is not null)
        AnsiConsole.WriteLine($"No loss on text: {noText.TrimEnd('.')}.");
    foreach (string sentence in BehaviourReport.Sentences(rows, options.Text?.Path, config.NoCopying, BehaviourReport.Sees(config)))
        AnsiConsole.WriteLine(sentence);
    return 0;
});
return await Sample.Run(command, args);
