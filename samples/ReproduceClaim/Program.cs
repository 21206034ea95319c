using System.CommandLine;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples;
using OVPipeline.Samples.ReproduceClaim;
using Spectre.Console;

var rank = new Option<int?>("--rank") { Description = "A further rank to train a copier at, beside d_head and the capacity-matched rank." };
var top = new Option<int?>("--top") { Description = "Top tokens that the saved copier returns. Default: 5, or all of a smaller vocabulary." };
var heads = new Option<string?>("--heads") { Description = "The heads to sum, such as 1.4,1.10. Default: the two of a layer that copy best together, of all layers." };
var seed = new Option<int>("--seed") { Description = "Seed of the fits and of the splits.", DefaultValueFactory = _ => 1 };
var fraction = new Option<double>("--test-fraction") { Description = "Share of tokens held out of training to test trained copiers on.", DefaultValueFactory = _ => 0.2 };
var folder = new Option<DirectoryInfo>("--out") { Description = "Where results.json, comparison.png and copier.zip go.", DefaultValueFactory = _ => new("out") };
var command = new RootCommand("Tests the copying claim on a model: how well its heads copy, alone and together, and how well a trained low-rank pair does.")
    { rank, top, heads, seed, fraction, folder };
ModelOptions.AddTo(command);
DeviceOption.AddTo(command);

var zip = new Argument<string>("zip");
var reload = new Command("reload", "Scores the whole vocabulary with a saved copier and prints a digest of the scores.") { Hidden = true };
reload.Arguments.Add(zip);
reload.SetAction(parsed => Console.WriteLine(ScoreDigest.OfZip(parsed.GetRequiredValue(zip))));
command.Subcommands.Add(reload);

command.SetAction(async (parsed, cancellationToken) =>
{
    var engine = DeviceOption.Engine(parsed);
    using var device = engine as IDisposable;
    var options = new ClaimOptions
    {
        Load = ModelOptions.Loader(parsed),
        Rank = parsed.GetValue(rank),
        Top = parsed.GetValue(top),
        Heads = parsed.GetValue(heads)?.Split(',').Select(HeadIndex.Parse).ToArray(),
        Seed = parsed.GetValue(seed),
        TestFraction = parsed.GetValue(fraction),
        Engine = engine,
        Out = parsed.GetRequiredValue(folder).FullName,
    };
    var run = new ClaimRun(options, cancellationToken);
    await AnsiConsole.Progress().Columns(new SpinnerColumn(), new TaskDescriptionColumn(), new ProgressBarColumn(), new ElapsedTimeColumn())
        .StartAsync(progress => Task.Run(() => run.Measure(progress), cancellationToken));
    var results = run.Save();

    var model = results.Model;
    AnsiConsole.MarkupLineInterpolated($"[bold]{model.Name}[/]: {model.Layers} layers of {model.Heads} heads, d_model {model.DModel}, d_head {model.DHead}, V {model.Vocabulary:N0}; weights {run.Processing}");
    AnsiConsole.Write(CopyingTable.Of(results.Rows.Where(row => !row.HeldOut), results.OffScale is null));
    if (results.OffScale is { } remark)
        AnsiConsole.WriteLine(remark);
    AnsiConsole.WriteLine("All tokens of the vocabulary, exactly: a census, so no intervals. A chance copier ranks itself first "
        + $"once in {model.Vocabulary:N0} and has log-loss {Math.Log(model.Vocabulary):0.000} nats.");
    foreach (string sentence in run.CopyingWords().Concat(run.HeldOutSentences()))
        AnsiConsole.WriteLine(sentence);
    if (run.NoTokenizer is { } reason)
        AnsiConsole.WriteLine($"No tokenizer: {reason}");
    var seconds = results.Seconds;
    AnsiConsole.WriteLine($"{seconds.Total:0.0} s: load {seconds.Load:0.0}, extract {seconds.Extract:0.0}, fit {seconds.Fit:0.0}, score {seconds.Score:0.0}.");
    AnsiConsole.WriteLine($"Saved {results.Zip.Path} ({results.Zip.Bytes / 1024:N0} KiB); a new process that loaded it scored "
        + (results.Zip.ReloadedEqual ? "the same, bit for bit." : "DIFFERENTLY."));
    AnsiConsole.WriteLine($"Results and picture in {options.Out}.");
    return results.Zip.ReloadedEqual ? 0 : 1;
});
return await Sample.Run(command, args);
