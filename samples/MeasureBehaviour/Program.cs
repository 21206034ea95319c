using System.CommandLine;
using Microsoft.ML;
using OVPipeline.Core;
using OVPipeline.Samples;
using OVPipeline.Samples.MeasureBehaviour;
using OVPipeline.Torch;

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
MeasureOptions.AddTo(command);
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    TorchLibrary.EnsureLoaded();
    var load = ModelOptions.Loader(parsed);
    if (parsed.GetValue(MeasureOptions.Prompt) is { } asked)
    {
        string path = parsed.GetRequiredValue(MeasureOptions.Folder).FullName;
        AtomicFile.RequireWritable(path);
        var attention = await RunProgress.Show(bars => AttentionProbe.Of(load(bars, cancellationToken), asked), cancellationToken);
        return PromptPage.Write(attention, path).Print(parsed);
    }
    var ablated = parsed.GetRequiredValue(MeasureOptions.Without);
    var options = MeasureOptions.Of(parsed);
    string? noText = null;
    var ml = new MLContext(options.Seed);
    var (config, rows) = await RunProgress.Show(progress =>
    {
        var model = load(progress, cancellationToken);
        options = options with { Tokens = MeasureOptions.Tokens(parsed, model.Weights.Config) };
        // Text that nobody asked for is left out where it cannot be encoded.
        if (options.Text is not null && !MeasureOptions.NamesText(parsed) && TextEncoding.WhyNone(model) is { } reason)
            (options, noText) = (options with { Text = null }, reason);
        var task = progress.AddTask("running the model", maxValue: 1);
        var heads = ml.Data.LoadHeadBehaviour(model, options, ablated, new Progress<double>(done => task.Value = done), cancellationToken);
        return (model.Weights.Config, ml.Data.CreateEnumerable<HeadBehaviourRow>(heads, reuseRowObject: false).ToArray());
    }, cancellationToken);
    return BehaviourReport.Of(config, rows, noText, options.Text?.Path).Print(parsed);
});
return await Sample.Run(command, args);
