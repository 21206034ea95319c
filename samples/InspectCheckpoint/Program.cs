using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Samples;
using OVPipeline.Samples.InspectCheckpoint;

var all = CommandOption.Of<bool>("--all", "Lists every tensor, not the first 20.");
var text = CommandOption.Of("--text", "What to show the tokenizer.", "The cat sat on the mat, and the cat slept.");
var noCheck = CommandOption.Of<bool>("--no-check", "Reads no weights: of a large checkpoint only the headers.");
var command = new SampleCommand("Shows what a checkpoint holds: sizes, tensors, processing, tokens, and whether its weights are sound.")
{
    Examples =
    [
        new("", "The embedded model."),
        new("MODEL.gguf --all", "A file, every tensor."),
        new("EleutherAI/pythia-70m --revision step1000 --no-check", "A model of the hub, its headers alone."),
    ],
};
command.AddGroup("What is shown", all, text, noCheck);
Findings.AddTo(command);
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    var load = ModelOptions.Loader(parsed);
    int most = parsed.GetValue(all) ? int.MaxValue : 20;
    var found = new Findings("checkpoint");
    TransformerCheckpoint model;
    try
    {
        model = await RunProgress.Show(bars => load(bars, cancellationToken), cancellationToken);
    }
    catch (CheckpointException)
    {
        // What the file holds, before what is wrong with it: often the one shows the other.
        if (await HeldTensors.Open(parsed, cancellationToken) is { } tensors)
            found.Table(Inspection.TensorTable(tensors), Inspection.Tensors(tensors, most)).Print(parsed);
        throw;
    }

    found.Table(Inspection.ConfigurationTable(model), Inspection.Configuration(model))
        .Table(Inspection.TensorTable(model.Tensors!), Inspection.Tensors(model.Tensors!, most))
        .Say(Inspection.Processing(model))
        .Say(Inspection.Tokens(model, parsed.GetRequiredValue(text)));
    if (parsed.GetValue(noCheck))
        return found.Print(parsed);
    int count;
    try
    {
        count = await RunProgress.Show(bars => bars.Part("reading every weight", 1,
            done => WeightChecks.ReadAll(model.Weights, done, cancellationToken)), cancellationToken);
    }
    catch (CheckpointException)
    {
        found.Print(parsed);
        throw;
    }
    return found.Say($"Checks: {count:N0} weights were read; shapes fit the configuration and every value is finite.").Print(parsed);
});
return await Sample.Run(command, args);
