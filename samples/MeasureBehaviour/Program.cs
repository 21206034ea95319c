using System.CommandLine;
using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Samples;
using OVPipeline.Samples.MeasureBehaviour;
using OVPipeline.Torch;

var without = HeadOptions.Of("--without", "Heads to ablate for a second measurement, such as 1.7,1.1.");
var text = CommandOption.Of("--text", "Text for the loss: a file (.txt, .gz), a folder or a pattern; 'none' for none.",
    BehaviourReport.EmbeddedText, "FILE");
var tokens = CommandOption.Of<string?>(
    "--tokens", "Sequences of token ids in the place of text: a file of one a line (spaces or commas), or .npy.", "FILE");
var targets = CommandOption.Of<string?>("--targets",
    "Outputs that are right for --tokens: one for each token, a dash where none is scored, or one for the last.", "FILE");
var prompt = CommandOption.Of<string?>("--prompt",
    "A text to run in the place of the measurements: attention.html shows what every head attends to on it.", "TEXT");
var folder = CommandOption.Out("Where attention.html and attention.csv of --prompt go.", "out/attention");
var windows = CommandOption.Of("--windows", "Windows of n_ctx tokens, spread over the text.", 64);
var seed = CommandOption.Of("--seed", "Seed of random tokens and of names.", 1);
var command = new SampleCommand(
    "Runs a model and measures it: loss on text, what each head attends to and copies, and repeated tokens and names.")
{
    Examples =
    [
        new("", "The embedded model on the validation text that lies beside it."),
        new("gpt2-small --text none", "A model of the hub, what its heads attend to alone."),
        new("--without 1.1,1.7", "The embedded model with two heads and without them."),
        new("--prompt \"The cat sat on the mat. The cat\"", "What each head attends to on a text, as a page to click in."),
        new("MODEL.pth --tokens ids.txt --targets targets.txt", "A model without a tokenizer, and its own task."),
    ],
};
command.AddGroup("What is measured", without, text, tokens, targets, prompt, windows, seed);
Findings.AddTo(command, folder);
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    TorchLibrary.EnsureLoaded();
    var load = ModelOptions.Loader(parsed);
    if (parsed.GetValue(prompt) is { } asked)
    {
        string path = parsed.GetRequiredValue(folder).FullName;
        AtomicFile.RequireWritable(path);
        var attention = await RunProgress.Show(bars => AttentionProbe.Of(load(bars, cancellationToken), asked), cancellationToken);
        return PromptPage.Write(attention, path).Print(parsed);
    }
    var ablated = parsed.GetRequiredValue(without);
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
    var (config, rows) = await RunProgress.Show(progress =>
    {
        var model = load(progress, cancellationToken);
        model.Weights.Config.Require(ablated);
        if (parsed.GetValue(tokens) is { } file)
            options = options with { Tokens = TokenSequences.Read(file, model.Weights.Config, parsed.GetValue(targets)) };
        if (options.Text is not null && !named && TextEncoding.WhyNone(model) is { } reason) // text that nobody asked for
            (options, noText) = (options with { Text = null }, reason);
        var task = progress.AddTask("running the model", maxValue: 1);
        var heads = ml.Data.LoadHeadBehaviour(model, options, ablated, new Progress<double>(done => task.Value = done), cancellationToken);
        return (model.Weights.Config, ml.Data.CreateEnumerable<HeadBehaviourRow>(heads, reuseRowObject: false).ToArray());
    }, cancellationToken);
    return BehaviourReport.Of(config, rows, noText, options.Text?.Path).Print(parsed);
});
return await Sample.Run(command, args);
