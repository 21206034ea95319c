using System.Globalization;
using System.Text.Json;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>What commands of programs print for programs: one document, with the figures of the files that they write.</summary>
public sealed class SubcommandJsonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-json-").FullName;
    private readonly string _tokenizer = Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tokenize_Json_CountsWhatTheTokenFileHas()
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "text")).FullName, file = Path.Combine(_folder, "a.tokens");
        string[] texts = ["The river walks.", "A green stone.\n\nIt never walks.", "Anna smiled, and Anna smiled again."];
        foreach (var (i, text) in texts.Index())
            File.WriteAllText(Path.Combine(folder, $"{i}.txt"), text);
        var row = Assert.Single(Rows(SampleProcess.Run("TrainModel", "tokenize", "--text", folder, "--tokenizer", _tokenizer,
            "--out", file, "--json"), "text"));
        Assert.Equal((3, 3, 3142), (row["documents"], row["files"], row["vocabulary"]));
        // Lines with their ends; empty ones are between paragraphs, and in none.
        Assert.Equal(texts.SelectMany(text => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Sum(line => line.Length + 1),
            row["characters"]);
        using var tokens = TokenFile.Open(file);
        Assert.Equal(tokens.Count, row["tokens"]);
        Assert.InRange(row["tokens"], 20, row["characters"]);
    }

    [Fact]
    public void ValueRank_Json_HasTheRowsOfItsFile()
    {
        string folder = Path.Combine(_folder, "out");
        string[] line =
        [
            "value-rank", "--text", Text(2000), "--tokens", "4K", "--ranks", "4,8", "--seeds", "1", "--out", folder, "--threads", "1",
        ];
        var rows = Rows(SampleProcess.Run("TestTheClaim", [.. line, "--json"]), "value-rank-runs");
        string[][] written = [.. File.ReadAllLines(Path.Combine(folder, "value-rank.csv")).Select(row => row.Split(','))];
        Assert.Equal([4, 8], rows.Select(row => row["value_rank"]));
        foreach (var (row, cells) in rows.Zip(written[1..]))
            foreach (string figure in new[] { "seed", "tokens", "copying_heads", "best_top1", "layer_top1", "best_induction" })
                Assert.Equal(double.Parse(cells[Array.IndexOf(written[0], figure)], CultureInfo.InvariantCulture), row[figure]);
        Assert.All(rows, row => Assert.True(row["tokens"] >= 4000 && row["best_induction"] > 0, $"{row["tokens"]}"));
        var shown = SampleProcess.Run("TestTheClaim", line); // all is done: the table is printed again
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        Assert.Contains("best top1", shown.Output, StringComparison.Ordinal);
    }

    private string Text(int documents)
    {
        string path = Path.Combine(_folder, "text.txt");
        File.WriteAllText(path, string.Join("\n\n", Enumerable.Range(0, documents)
            .Select(i => $"The river {i} walks and the green stone never {i * i % 97}.")));
        return path;
    }

    // A table's rows, by the columns' keys; a cell without a number is left out.
    private static Dictionary<string, double>[] Rows(SampleProcess run, string id)
    {
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        using var document = JsonDocument.Parse(run.Output); // all of standard output is one document
        var table = document.RootElement.GetProperty("sections").EnumerateArray()
            .SelectMany(section => section.GetProperty("tables").EnumerateArray())
            .Single(table => table.GetProperty("id").GetString() == id);
        string[] keys = [.. table.GetProperty("columns").EnumerateArray().Select(column => column.GetProperty("name").GetString()!)];
        return
        [
            .. table.GetProperty("rows").EnumerateArray().Select(row => keys.Zip(row.EnumerateArray())
                .Where(cell => cell.Second.ValueKind == JsonValueKind.Number)
                .ToDictionary(cell => cell.First, cell => cell.Second.GetDouble())),
        ];
    }
}
