using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples.MeasureBehaviour;
using OVPipeline.Experiments;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>
/// Everything that is written in files and shown on consoles has the names of docs/figures.md, and nothing there is written nowhere.
/// </summary>
public sealed class FigureNamesTests : IClassFixture<WrittenTables>
{
    private static readonly string[] s_structure = ["name", "kind", "heads", "split"]; // of a row of results.json: no figures

    private readonly Figure[] _figures = Figure.Read(Path.Combine(MainJob.FindRoot(), "docs", "figures.md"));
    private readonly WrittenTables _written;

    public FigureNamesTests(WrittenTables written) => _written = written;

    [Fact]
    public void Figures_OfEveryWriter_AreThoseOfTheDocument()
    {
        var tables = _written.All;
        string[] others = [.. ResultsRow(), .. ValueRankHeader()];
        List<string> wrong = [];
        foreach (var (table, column) in tables.SelectMany(table => table.Columns.Select(column => (table, column))))
        {
            if (Find(column.Key) is not { } figure)
                wrong.Add($"{table.Id}: {column.Key} (shown as {column.Name}, unit {column.Unit}) is not in docs/figures.md");
            else if (!IsEnd(column.Key) && !figure.Shown.Any(shown => Matches(shown, column.Name)))
                wrong.Add($"{table.Id}: {column.Key} is shown as '{column.Name}', not as '{string.Join("; ", figure.Shown)}'");
            else if ((column.Kind == ReportColumnKind.Share ? "share" : column.Unit ?? figure.UnitOfNumber) != figure.Unit)
                wrong.Add($"{table.Id}: {column.Key} has the unit '{column.Unit}', not '{figure.Unit}'");
        }
        wrong.AddRange(others.Where(name => Find(name) is null).Select(name => $"{name} is not in docs/figures.md"));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Distinct()));

        string[] written =
        [
            .. tables.SelectMany(table => table.Columns.Select(column => column.Key)),
            .. others,
            .. BehaviourTable().Columns.Select(column => column.Heading.Replace(' ', '_')), // it goes to no file
        ];
        string[] stale =
        [
            .. _figures.Where(figure => !figure.InTrainingLog && !written.Any(name => figure.Is(name))).Select(figure => figure.Name),
        ];
        Assert.True(stale.Length == 0, $"Nothing writes {string.Join(", ", stale)}.");
    }

    [Fact]
    public void Files_OfEveryTable_HaveHeadsAsLabels()
    {
        // Sentences are as they are read: by their text alone 1.3 may be a head or a number.
        foreach (var table in _written.All.Where(table => table.Id != AcrossReport.SentencesTable))
            foreach (string line in table.ToCsv().Split("\r\n").Skip(1))
                Assert.DoesNotMatch(@"(^|[ ,""(])\d\.\d\d?( \+|,[^\d]|$|[""')])", TextCells(table, line));
    }

    [Fact]
    public void Headings_OfConsoleTables_AreThoseOfTheDocument()
    {
        ConsoleTable[] tables =
        [
            CopyingTable.Of([]),
            AtlasSummary.OfHeads(_written.Atlas),
            AtlasSummary.OfKCompositions(_written.Atlas),
            AtlasSummary.OfVirtualHeads(_written.Atlas),
            BehaviourTable(),
        ];
        string[] headings =
        [
            .. tables.SelectMany(table => table.Columns.Skip(1)).Select(column => Regex.Replace(column.Heading, @" \([a-z]+\)$", "")),
        ];
        string[] shown = [.. _figures.SelectMany(figure => figure.Shown),
            .. _figures.SelectMany(figure => figure.Shown.Select(name => name + " from")),
            .. _figures.SelectMany(figure => figure.Shown.Select(name => name + " to"))];
        Assert.All(headings, heading => Assert.Contains(shown, name => Matches(name, heading)));
    }

    private static ConsoleTable BehaviourTable() => BehaviourReport.Table([new() { Ablated = true }, new() { Layer = 1 }]);

    // What stands in quotes and the cells of names, without the numbers of a CSV line.
    private static string TextCells(ReportTable table, string line)
    {
        string[] cells = [.. Regex.Matches(line, @"(""([^""]|"""")*""|[^,]*)(,|$)").Select(match => match.Groups[1].Value)];
        return string.Join(
            " ; ", cells.Take(table.Columns.Count).Where((_, i) => table.Columns[i].IsText && table.Columns[i].Key != "token"));
    }

    private static bool Matches(string pattern, string text) =>
        Regex.IsMatch(text, "^" + Regex.Replace(Regex.Escape(pattern), @"\\\{[a-z]+}", ".+") + "$");

    private static bool IsEnd(string key) =>
        key.EndsWith("_from", StringComparison.Ordinal) || key.EndsWith("_to", StringComparison.Ordinal);

    // A figure, or either end of its interval.
    private Figure? Find(string key) =>
        _figures.FirstOrDefault(figure => figure.Is(key))
        ?? (IsEnd(key) ? _figures.FirstOrDefault(figure => figure.Is(Regex.Replace(key, "_(from|to)$", ""))) : null);

    private static IEnumerable<string> ResultsRow()
    {
        var row = new CopyingRow
        {
            Name = "a",
            Kind = CircuitKind.Head,
            Rank = 1,
            Tokens = 1,
            Top1 = 1,
            Top5 = 1,
            Mrr = 1,
            DPrime = 1,
            LogLoss = 1,
            LogLossCalibrated = 1,
            CopyingScore = 1,
        };
        var config = new TransformerConfig { Name = "m", Layers = 1, Heads = 1, DModel = 4, DHead = 4, Vocabulary = 5 };
        var json = JsonDocument.Parse(new CopyingResults(config, [row], new(0, 0, 0, 0, 0), new("", 0, true)).ToJson());
        return json.RootElement.GetProperty("rows")[0].EnumerateObject().Select(property => property.Name).Except(s_structure);
    }

    private string[] ValueRankHeader()
    {
        ValueRankRow.Write(_written.Folder, []);
        return File.ReadAllLines(ValueRankRow.FileIn(_written.Folder))[0].Split(',');
    }

    /// <summary>A row of the document.</summary>
    private sealed record Figure(string Name, string[] Shown, string Unit, string Where)
    {
        public bool InTrainingLog => Where == "`log.csv`";

        /// <summary>What a column of numbers that names no unit has.</summary>
        public string? UnitOfNumber => Unit is "nats" or "share" ? "" : Unit;

        public bool Is(string key) => Matches(Name, key);

        public static Figure[] Read(string path) => [.. File.ReadAllLines(path)
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line =>
        {
            string[] cells =
            [
                .. Regex.Split(line.Trim()[1..^1], @"(?<!\\)\|").Select(cell => cell.Trim().Replace("\\|", "|", StringComparison.Ordinal)),
            ];
            string name = cells[0].Trim('`');
            return new Figure(name, cells[1].Length == 0 ? [name.Replace('_', ' ')] : cells[1].Split("; "), cells[2], cells[4]);
        })];
    }
}
