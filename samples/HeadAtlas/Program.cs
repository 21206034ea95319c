using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using Spectre.Console;

var folder = CommandOption.Of("--out", "Where the CSV files and heat maps go.", new DirectoryInfo("out/atlas"));
var tokens = CommandOption.Of("--tokens", "Tokens to list that a head copies most, and that it suppresses most.", 10);
var outputs = CommandOption.Of<int?>(
    "--outputs", "Highest outputs to keep of each token and head, for token-outputs.csv and atlas.html; by default what a page of 40 MB "
    + "holds, at most 5.");
var pairs = CommandOption.Of(
    "--pairs", "Pairs of highest K-composition to score as token circuits, and of highest V-composition as virtual heads.", 12);
var positions = CommandOption.Of("--pattern-positions", "The first so many positions make the positional patterns.", 2048);
var noQK = CommandOption.Of<bool>("--no-qk", "Score no QK circuits: half of the time of a large vocabulary.");
var noComposition = CommandOption.Of<bool>("--no-composition", "Compute no composition scores.");
var command = new RootCommand(
    "Writes the atlas of a model's heads: what each copies, suppresses and attends to, and what it reads of earlier heads, "
    + "by the weights alone.")
    { folder, tokens, outputs, pairs, positions, noQK, noComposition };
ModelOptions.AddTo(command);
EmbeddingOption.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    var load = EmbeddingOption.Loader(parsed);
    string path = parsed.GetRequiredValue(folder).FullName;
    var options = new HeadAtlasOptions
    {
        Tokens = parsed.GetValue(tokens),
        KCompositions = parsed.GetValue(pairs),
        VirtualHeads = parsed.GetValue(pairs),
        Positions = parsed.GetValue(positions),
        QK = !parsed.GetValue(noQK),
        Compositions = !parsed.GetValue(noComposition),
        CancellationToken = cancellationToken,
    };
    AtomicFile.RequireWritable(path); // an impossible folder fails before the work
    var watch = Stopwatch.StartNew();
    HeadAtlas atlas = null!;
    ProgressColumn[] columns =
        [new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new RemainingTimeColumn(), new ElapsedTimeColumn()];
    await AnsiConsole.Progress().Columns(columns)
        .StartAsync(bars => Task.Run(() =>
        {
            var model = load(bars, cancellationToken);
            var bar = new AtlasBar(bars.AddTask("heads"));
            options = options with
            {
                TokenOutputs = parsed.GetValue(outputs) ?? AtlasPage.OutputsThatFit(model.Weights.Config),
                Progress = bar,
            };
            atlas = new MLContext(seed: options.Seed).ComputeHeadAtlas(model, options);
        }, cancellationToken));
    var files = AtlasFiles.Save(path, atlas);
    AtlasConsole.Write(atlas);
    AnsiConsole.WriteLine($"{files.Count} files in {path}, atlas.html to click in; {watch.Elapsed.TotalSeconds:0.0} s.");
    return 0;
});
return await Sample.Run(command, args);
