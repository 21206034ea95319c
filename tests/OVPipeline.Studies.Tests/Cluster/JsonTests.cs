using System.Text.Json;
using Xunit;

namespace OVPipeline.Studies.Tests;

/// <summary>What RunStudy's commands print for programs: one document each, with what they counted.</summary>
public sealed class JsonTests
{
    [Fact]
    public void Json_OfEveryCommand_CountsUnitsAndFigures()
    {
        using var study = new CheckpointStudy("1M");
        int units = Rows(Run("plan"), "units").Sum(row => row.GetProperty("units").GetInt32());
        Assert.True(units > 3, $"{units}");
        Assert.Equal(0, Rows(Status(), "status").Sum(row => row.GetProperty("done").GetInt32()));
        var half = Run("run", "--shard", "0/2");
        int done = Rows(Status(), "status").Sum(row => row.GetProperty("done").GetInt32());
        Assert.InRange(done, 1, units - 1);
        Assert.Contains($"Shard 0/2: its {done} units are done.", Sentences(half));
        Run("run", "--shard", "1/2");
        Assert.Equal(units, Rows(Status(), "status").Sum(row => row.GetProperty("done").GetInt32()));
        Assert.Contains("All units are done: merge them.", Sentences(Status()));

        var merged = Run("merge");
        int figures = File.ReadAllLines(Path.Combine(study.In("out"), "figures.csv")).Length - 1;
        Assert.Contains(FormattableString.Invariant($"{figures:N0} figures of {units:N0} units."), Sentences(merged));
        string facts = merged.GetProperty("facts").GetRawText();
        Assert.Contains("figures.parquet", facts, StringComparison.Ordinal);
        var report = Run("report");
        Assert.NotEmpty(report.GetProperty("sections").EnumerateArray()
            .SelectMany(section => section.GetProperty("tables").EnumerateArray())
            .SelectMany(table => table.GetProperty("rows").EnumerateArray()));
        Assert.Contains(FormattableString.Invariant($"{figures:N0} figures of {units:N0} units."), Sentences(Run(null)));

        JsonElement Status() => Run("status");

        JsonElement Run(string? command, params string[] more)
        {
            string[] folder = command == "plan" ? [] : ["--out", study.In("out")];
            string[] words = [.. command is null ? Array.Empty<string>() : [command], study.File, .. folder, .. more, "--json"];
            var run = RunStudyProcess.Run(words);
            Assert.Equal((0, ""), (run.ExitCode, run.Error));
            using var document = JsonDocument.Parse(run.Output); // all of standard output is one document
            return document.RootElement.Clone();
        }
    }

    private static string[] Sentences(JsonElement document) =>
    [
        .. document.GetProperty("sections").EnumerateArray().SelectMany(section => section.GetProperty("statements").EnumerateArray())
            .Select(statement => statement.GetProperty("text").GetString()!),
    ];

    // A table's rows as objects, by the columns' names.
    private static JsonElement[] Rows(JsonElement document, string id)
    {
        var table = document.GetProperty("sections").EnumerateArray()
            .SelectMany(section => section.GetProperty("tables").EnumerateArray())
            .Single(table => table.GetProperty("id").GetString() == id);
        string[] names = [.. table.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()!)];
        return [.. table.GetProperty("rows").EnumerateArray().Select(row => JsonSerializer.SerializeToElement(
            names.Zip(row.EnumerateArray()).ToDictionary(cell => cell.First, cell => cell.Second)))];
    }
}
