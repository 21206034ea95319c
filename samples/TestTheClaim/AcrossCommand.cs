using System.CommandLine;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Experiments;
using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The command that runs the experiments on several models and compares what they find.</summary>
internal static class AcrossCommand
{
    private const string ResultsFolder = "results";

    private static readonly Argument<string[]> s_models = new("models")
    {
        Description = "Two or more models, as the other commands name one. Results that came with a model, in its folder's results, are "
            + "taken where they fit; what is missing is run. Default: the embedded model and its replicas, data/replicas/*.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<DirectoryInfo> s_output = CommandOption.Out(
        "Where the report goes, and a folder for each model.", Path.Combine("out", "across"));

    public static SampleCommand Create()
    {
        var command = new SampleCommand("across", "Runs the experiments on several models, such as trainings that differ in their seed: "
            + "every figure with its mean over models, and of how many models each sentence is said.")
        {
            Examples =
            [
                new("", "The embedded model and its replicas."),
                new("out/mine/seed-1 out/mine/seed-2 --only reproduction,put-back", "Two models of your own, two experiments."),
            ],
        };
        command.Arguments.Add(s_models);
        ClaimOptions.AddShared(command);
        Findings.AddTo(command, s_output);
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string output = parsed.GetRequiredValue(s_output).FullName;
        var models = Models(parsed);
        AtomicFile.RequireWritable(output);
        var runners = models.Select(model => (model.Name, model.Source, Runner: ClaimOptions.Runner(parsed, model.Source, null))).ToArray();
        List<ModelOutcomes> found = [];
        foreach (var (name, source, runner) in runners)
        {
            RunProgress.Say(name);
            ModelOutcomes Outcomes(ProgressContext bars) =>
                RunOn(parsed, bars, name, source, Path.Combine(output, name), runner, cancellationToken);
            found.Add(await RunProgress.Show(Outcomes, cancellationToken));
        }
        var report = AcrossReport.Of(found, [new("Extent", ClaimOptions.Extent(parsed))]);
        string page = report.Save(output);
        if (Findings.AsJson(parsed))
        {
            Console.Out.WriteLine(report.ToJson());
            return 0;
        }
        foreach (var table in report.Sections.SelectMany(section => section.Tables).Where(table => table.Id != AcrossReport.SentencesTable))
            AnsiConsole.Write(ConsoleTable.Of(table, Path.Combine("tables", table.Id + ".csv")));
        foreach (var same in report.Sections.SelectMany(section => section.Tables).Single(table => table.Id == AcrossReport.SentencesTable)
            .Rows.GroupBy(row => row[1].Number).OrderByDescending(same => same.Key))
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]Said of {same.Key} of {found.Count} models[/]");
            foreach (var row in same)
                AnsiConsole.WriteLine($"- {row[0].Text} ({row[3].Text})");
        }
        foreach (var statement in (report.Verdict?.Statements ?? []).Concat(report.Sections.SelectMany(section => section.Statements)))
            AnsiConsole.WriteLine(statement.Text);
        AnsiConsole.WriteLine($"The report is {page}");
        return 0;
    }

    private static ModelOutcomes RunOn(ParseResult parsed, ProgressContext bars, string name, string source, string output,
        ExperimentRunner runner, CancellationToken cancellationToken)
    {
        using var hub = new HubClient();
        var model = TransformerCheckpoint.Load(source, new(), hub, new DownloadBars(bars), cancellationToken);
        var options = ClaimOptions.Laboratory(parsed, output, cancellationToken) with
        {
            Published = ModelOptions.BesideModel(source, ResultsFolder),
        };
        var laboratory = new Laboratory(model, options);
        var outcomes = runner.Run(laboratory, experiment => new ExperimentBar(bars, experiment), cancellationToken);
        ClaimReport.Of(laboratory, outcomes, ClaimOptions.Extent(parsed)).Save(output);
        return new(name, outcomes);
    }

    // Each with a name that no other has: of folders the last part that tells them apart.
    private static (string Name, string Source)[] Models(ParseResult parsed)
    {
        string[] sources = parsed.GetValue(s_models) is { Length: > 0 } named ? named : Default();
        if (sources.Length < 2)
            throw new ArgumentException("Name two or more models: there are no replicas in data/replicas.");
        string[] names = [.. sources.Select(source => Path.GetFileName(Path.TrimEndingDirectorySeparator(source)).Split('@', ':')[0])];
        return names.GroupBy(name => name).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? throw new ArgumentException($"Two of the models are called '{twice.Key}': reports go into folders of these names.")
            : [.. names.Zip(sources)];
    }

    private static string[] Default()
    {
        string[] replicas = ModelOptions.FindData("replicas") is { } folder ? Directory.GetDirectories(folder) : [];
        return [ModelOptions.Default, .. replicas.Order(StringComparer.Ordinal)];
    }
}
