using System.CommandLine;
using System.Diagnostics;
using Microsoft.ML;
using OVPipeline;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using Spectre.Console;

var folder = new Option<DirectoryInfo>("--out") { Description = "Where the CSV files and heat maps go.", DefaultValueFactory = _ => new("out/atlas") };
var tokens = new Option<int>("--tokens") { Description = "Tokens to list that a head copies most, and that it suppresses most.", DefaultValueFactory = _ => 10 };
var pairs = new Option<int>("--pairs") { Description = "Pairs of highest K-composition to score as token circuits.", DefaultValueFactory = _ => 12 };
var positions = new Option<int>("--positions") { Description = "The first so many positions make the positional patterns.", DefaultValueFactory = _ => 2048 };
var noQK = new Option<bool>("--no-qk") { Description = "Score no QK circuits: half of the time of a large vocabulary." };
var noComposition = new Option<bool>("--no-composition") { Description = "Compute no composition scores." };
var command = new RootCommand("Writes the atlas of a model's heads: what each copies, suppresses and attends to, and what it reads of earlier heads, by the weights alone.")
    { folder, tokens, pairs, positions, noQK, noComposition };
ModelOptions.AddTo(command);

command.SetAction(async (parsed, cancellationToken) =>
{
    var load = ModelOptions.Loader(parsed);
    string path = parsed.GetRequiredValue(folder).FullName;
    var options = new HeadAtlasOptions
    {
        Tokens = parsed.GetValue(tokens),
        KCompositions = parsed.GetValue(pairs),
        Positions = parsed.GetValue(positions),
        QK = !parsed.GetValue(noQK),
        Compositions = !parsed.GetValue(noComposition),
        CancellationToken = cancellationToken,
    };
    Directory.CreateDirectory(path); // an impossible folder fails before the work
    var watch = Stopwatch.StartNew();
    HeadAtlas atlas = null!;
    await AnsiConsole.Progress().Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new RemainingTimeColumn(), new ElapsedTimeColumn())
        .StartAsync(bars => Task.Run(() =>
        {
            var model = load(bars, cancellationToken);
            var bar = new AtlasBar(bars.AddTask("heads"));
            atlas = new MLContext(seed: options.Seed).ComputeHeadAtlas(model, options with { Progress = bar });
        }, cancellationToken));
    var files = AtlasFiles.Save(path, atlas);

    var config = atlas.Model;
    AnsiConsole.MarkupLineInterpolated($"[bold]{config.Name}[/]: {config.Layers} layers of {config.Heads} heads, d_model {config.DModel}, d_head {config.DHead}, V {config.Vocabulary:N0}");
    AnsiConsole.Write(AtlasSummary.OfHeads(atlas));
    AnsiConsole.WriteLine($"top1, suppression top1: of {config.Vocabulary:N0} tokens, those whose own logit is the highest, the lowest.");
    AnsiConsole.WriteLine("copying score: of the eigenvalues. participation ratio: an effective rank.");
    AnsiConsole.WriteLine("query to key top1: tokens whose highest key is the token itself.");
    AnsiConsole.WriteLine("previous position: attention to it, by positions alone.");
    AnsiConsole.WriteLine("K from: the earlier head of highest K-composition" + (atlas.Baseline is { } random ? $"; random heads score {random.Mean:0.000}." : "."));
    if (atlas.KCompositions.Count > 0)
    {
        AnsiConsole.Write(AtlasSummary.OfKCompositions(atlas));
        AnsiConsole.WriteLine("query to key: tokens whose highest key (top1), or one of five (top5), is where the earlier head moved them.");
        AnsiConsole.WriteLine("key to query: the reverse. All figures are of all tokens: a census, no intervals.");
    }
    foreach (string note in atlas.Notes)
        AnsiConsole.WriteLine(note);
    AnsiConsole.WriteLine($"{files.Count} files in {path}, {watch.Elapsed.TotalSeconds:0.0} s.");
    return 0;
});
return await Sample.Run(command, args);
