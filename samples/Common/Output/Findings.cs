using System.CommandLine;
using System.Globalization;
using OVPipeline.Core;
using OVPipeline.Reporting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OVPipeline.Samples;

/// <summary>
/// What a sample found, in order: tables and sentences. People read them on a console; programs ask for <c>--json</c> and get the same
/// tables in the layout of <c>results.json</c>, with numbers in full.
/// </summary>
/// <param name="title">What they are of.</param>
internal sealed class Findings(string title)
{
    private static readonly Option<bool> s_json = CommandOption.Of<bool>("--json", "Prints results as JSON, and nothing else.");

    private readonly List<Action> _shown = [];
    private readonly List<ReportTable> _tables = [];
    private readonly List<string> _sentences = [];
    private readonly List<ReportNote> _facts = [];

    /// <summary>Adds <c>--json</c> and, of a sample that writes files, where they go.</summary>
    public static void AddTo(SampleCommand command, params IReadOnlyList<Option> files) => command.AddGroup("Results", [.. files, s_json]);

    /// <summary>Whether a command line asks for JSON.</summary>
    public static bool AsJson(ParseResult parsed) => parsed.GetValue(s_json);

    /// <summary>Adds a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="shown">How people see it, where that is otherwise.</param>
    public Findings Table(ReportTable table, IRenderable? shown = null)
    {
        _tables.Add(table);
        _shown.Add(() => AnsiConsole.Write(shown ?? ConsoleTable.Of(table)));
        return this;
    }

    /// <summary>Adds tables that programs get and people do not see: they have others, or the files.</summary>
    public Findings ForPrograms(params IEnumerable<ReportTable> tables)
    {
        _tables.AddRange(tables);
        return this;
    }

    /// <summary>Adds what people see and programs do not need.</summary>
    public Findings ForPeople(IRenderable shown)
    {
        _shown.Add(() => AnsiConsole.Write(shown));
        return this;
    }

    /// <inheritdoc cref="ForPeople(IRenderable)"/>
    public Findings ForPeople(string line) => ForPeople(new Text(line + "\n"));

    /// <summary>Adds lines that are as long as they are, such as Markdown's.</summary>
    public Findings ForPeople(IEnumerable<string> lines)
    {
        _shown.AddRange(lines.Select(line => (Action)(() => Console.Out.WriteLine(line))));
        return this;
    }

    /// <summary>Says where something is that was written.</summary>
    /// <param name="name">What it is, such as <c>model</c>.</param>
    /// <param name="path">Where it is.</param>
    public Findings File(string name, string path)
    {
        _facts.Add(new(name, path));
        return ForPeople($"The {name} {(name.EndsWith('s') ? "are" : "is")} in {path}.");
    }

    /// <summary>Says which model they are of, with its sizes.</summary>
    public Findings ForModel(TransformerConfig config)
    {
        string outputs = config.NoCopying is null ? "" : $", {config.OutputVocabulary:N0} outputs";
        string sizes = string.Create(CultureInfo.InvariantCulture, $"{config.Layers} layers of {config.Heads} heads, "
            + $"d_model {config.DModel}, d_head {config.DHead}, V {config.Vocabulary:N0}{outputs}");
        _facts.Add(new("model", config.Name));
        _facts.Add(new("sizes", sizes));
        _shown.Add(() => AnsiConsole.MarkupLineInterpolated($"[bold]{config.Name}[/]: {sizes}"));
        return this;
    }

    /// <summary>Adds a sentence.</summary>
    public Findings Say(string sentence)
    {
        _sentences.Add(sentence);
        _shown.Add(() => AnsiConsole.WriteLine(sentence));
        return this;
    }

    /// <summary>Prints all of it, as the command line asks.</summary>
    public int Print(ParseResult parsed)
    {
        if (AsJson(parsed))
            Console.Out.WriteLine(Json());
        else
            _shown.ForEach(show => show());
        return 0;
    }

    private string Json()
    {
        string sample = typeof(Findings).Assembly.GetName().Name!.ToLowerInvariant();
        string of = _tables.Count > 0 ? _tables[0].Id : sample;
        var section = new ReportSection
        {
            Id = sample,
            Title = title,
            Question = title,
            Tables = _tables,
            Statements = [.. _sentences.Select(sentence => new ReportStatement(ReportTopic.Found, sentence, of))],
        };
        return new ReportDocument { Title = title, Lead = title, Facts = _facts, Sections = [section] }.ToJson();
    }
}
