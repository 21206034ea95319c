using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples;

var folder = CommandOption.Out("Where atlas.html, the CSV files and heat maps go.", "out/atlas");
var command = new SampleCommand(
    "Writes the atlas of a model's heads: what each copies, suppresses and attends to, and what it reads of earlier heads, "
    + "by the weights alone.")
{
    Examples =
    [
        new("", "The embedded model, into out/atlas."),
        new("gpt2-small --no-qk --out out/gpt2", "A model of the hub, without QK circuits, into a folder of its own."),
        new("MODEL.gguf --json > atlas.json", "A file, and all tables as JSON."),
    ],
};
AtlasOptions.AddTo(command);
Findings.AddTo(command, folder);
ModelOptions.AddTo(command);
EmbeddingOption.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    var load = EmbeddingOption.Loader(parsed);
    string path = parsed.GetRequiredValue(folder).FullName;
    var options = AtlasOptions.Of(parsed, cancellationToken);
    var watch = Stopwatch.StartNew();
    AtomicFile.RequireWritable(path); // an impossible folder fails before the work
    var atlas = await RunProgress.Show(bars =>
    {
        var model = load(bars, cancellationToken);
        var bar = new AtlasBar(bars.AddTask("heads"));
        return new MLContext(seed: options.Seed).ComputeHeadAtlas(model, options with
        {
            TokenOutputs = parsed.GetValue(AtlasOptions.Outputs) ?? AtlasPage.OutputsThatFit(model.Weights.Config),
            Progress = bar,
        });
    }, cancellationToken);
    var files = AtlasFiles.Save(path, atlas);
    return AtlasConsole.Of(atlas)
        .ForPeople($"{files.Count} files in {path}, atlas.html to click in; {watch.Elapsed.TotalSeconds:0.0} s.").Print(parsed);
});
return await Sample.Run(command, args);
