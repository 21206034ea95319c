using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>One run of the atlas on the embedded model, for all tests of it.</summary>
public sealed partial class AtlasJob : IDisposable
{
    public AtlasJob()
    {
        Folder = Directory.CreateTempSubdirectory("ovpipeline-atlas-").FullName;
        Process = SampleProcess.Run("HeadAtlas", "--out", Folder);
        Model = new IndependentModel(Path.Combine(MainJob.FindRoot(), "data", "attn-only-2l-quarter"));
    }

    internal SampleProcess Process { get; }

    internal IndependentModel Model { get; }

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A CSV file's rows, by column name. No field of these has a line break.</summary>
    internal Dictionary<string, string>[] Rows(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, file)), columns = Fields(lines[0]);
        return [.. lines.Skip(1).Select(line => columns.Zip(Fields(line)).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    // A quote within quotes is doubled.
    private static string[] Fields(string line) => line.Contains('"', StringComparison.Ordinal)
        ? [.. QuotedField().Matches(line).Select(field => field.Groups[1].Success
            ? field.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal)
            : field.Groups[2].Value)]
        : line.Split(',');

    [GeneratedRegex("\\G(?:^|,)(?:\"((?:[^\"]|\"\")*)\"|([^,]*))")]
    private static partial Regex QuotedField();
}

/// <summary>The atlas of the embedded model against plain loops in double precision that use none of the project's code.</summary>
public sealed class HeadAtlasTests(AtlasJob job) : IClassFixture<AtlasJob>
{
    [Fact]
    public void Run_EmbeddedModel_WritesEveryTableAndPicture()
    {
        Assert.Equal((0, ""), (job.Process.ExitCode, job.Process.Error));
        string[] pictures = ["copying-score", "copying", "effective-rank", "k-composition", "matching-score", "matching",
            "previous-position", "q-composition", "suppression", "v-composition"];
        string[] texts =
        [
            "atlas.html", "compositions.csv", "head-tokens.csv", "heads.csv", "k-compositions.csv", "notes.txt", "singular-values.csv",
            "token-outputs.csv", "token-ranks.csv", "virtual-heads.csv",
        ];
        var written = Directory.EnumerateFiles(job.Folder).Select(file => Path.GetFileName(file))
            .OrderBy(name => Path.GetExtension(name) != ".png").ThenBy(name => name, StringComparer.Ordinal);
        Assert.Equal([.. pictures.Select(name => name + ".png"), .. texts], written);
        foreach (string expected in new[] { "suppression", "K from", "query to key", "a census", "positional patterns" })
            Assert.Contains(expected, job.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Heads_CopyingAndSuppression_AgreeWithTheIndependentPath()
    {
        foreach (var row in Chosen("top1", "suppression_top1"))
        {
            var (a, b, rank) = job.Model.Head(row["head"]);
            AssertShares(row, "", job.Model.Diagonal((a, b, rank)).Ranks);
            AssertShares(row, "suppression_", job.Model.Diagonal(([.. a.Select(value => -value)], b, rank)).Ranks);
        }
    }

    [Fact]
    public void Heads_QKCircuits_AgreeWithTheIndependentPath()
    {
        foreach (var row in Chosen("query_to_key_top1", "key_to_query_top1"))
        {
            double[][] queries = Embedded(row["head"], "W_Q"), keys = Embedded(row["head"], "W_K");
            AssertShares(row, "query_to_key_", Ranks(queries, keys));
            AssertShares(row, "key_to_query_", Ranks(keys, queries));
        }
    }

    [Fact]
    public void Heads_PreviousPosition_AgreesWithTheIndependentPath()
    {
        foreach (var row in Chosen("previous_position", "first_position"))
        {
            double[][] positions = job.Model.Positions, queries = Product(positions, job.Model.Weight(row["head"], "W_Q")),
                keys = Product(positions, job.Model.Weight(row["head"], "W_K"));
            double previous = 0;
            for (int query = 1; query < positions.Length; query++)
            {
                double[] weights = [.. keys.Take(query + 1).Select(key => Dot(queries[query], key) / Math.Sqrt(key.Length))];
                previous += Math.Exp(weights[query - 1] - weights.Max()) / weights.Sum(weight => Math.Exp(weight - weights.Max()));
            }
            Assert.Equal(previous / (positions.Length - 1), Number(row["previous_position"]), 1e-4);
        }
    }

    [Fact]
    public void Compositions_HighestAndLowestPair_AgreeWithTheIndependentPath()
    {
        var pairs = job.Rows("compositions.csv").OrderBy(row => Number(row["k_composition"])).ToArray();
        foreach (var row in new[] { pairs[0], pairs[^1] })
        {
            double[][] Of(string head, string weight) => job.Model.Weight(head, weight);
            double[][] ov = Product(Of(row["earlier"], "W_V"), Of(row["earlier"], "W_O")),
                ov2 = Product(Of(row["later"], "W_V"), Of(row["later"], "W_O"));
            double[][] qk = Product(Of(row["later"], "W_Q"), Transpose(Of(row["later"], "W_K")));
            Assert.Equal(Norm(Product(ov, qk)) / Norm(ov) / Norm(qk), Number(row["q_composition"]), 1e-5);
            Assert.Equal(Norm(Product(ov, Transpose(qk))) / Norm(ov) / Norm(qk), Number(row["k_composition"]), 1e-5);
            Assert.Equal(Norm(Product(ov, ov2)) / Norm(ov) / Norm(ov2), Number(row["v_composition"]), 1e-5);
        }
    }

    [Fact]
    public void KCompositions_FirstPair_AgreesWithTheIndependentPath()
    {
        var row = job.Rows("k-compositions.csv")[0];
        double[][] moved = Product(
            Product(Embedded(row["earlier"], "W_V"), job.Model.Weight(row["earlier"], "W_O")), job.Model.Weight(row["later"], "W_K"));
        double[][] queries = Embedded(row["later"], "W_Q");
        AssertShares(row, "query_to_key_", Ranks(queries, moved));
        AssertShares(row, "key_to_query_", Ranks(moved, queries));
    }

    // The first and the last head, and those in which the figures stand out: whatever the model.
    private Dictionary<string, string>[] Chosen(params string[] columns)
    {
        var rows = job.Rows("heads.csv");
        return [.. columns.Select(column => rows.MaxBy(row => Number(row[column]))!).Concat([rows[0], rows[^1]])
            .DistinctBy(row => row["head"])];
    }

    private double[][] Embedded(string head, string weight) =>
        Product([.. job.Model.Embedding.Chunk(job.Model.DModel)], job.Model.Weight(head, weight));

    private static int[] Ranks(double[][] rows, double[][] columns)
    {
        var ranks = new int[rows.Length];
        Parallel.For(0, rows.Length, i =>
        {
            double own = Dot(rows[i], columns[i]);
            for (int j = 0; j < columns.Length; j++)
            {
                double score = Dot(rows[i], columns[j]);
                ranks[i] += score > own || score == own && j < i ? 1 : 0;
            }
            ranks[i]++;
        });
        return ranks;
    }

    // Factors are single-precision products: where two entries differ by less than that, a rank may.
    private static void AssertShares(Dictionary<string, string> row, string name, int[] ranks)
    {
        foreach (int k in new[] { 1, 5 })
            Assert.Equal(ranks.Count(rank => rank <= k) / (double)ranks.Length, Number(row[$"{name}top{k}"]), 1.5 / ranks.Length);
    }

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);

    private static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    private static double[][] Product(double[][] x, double[][] y)
    {
        var columns = Transpose(y);
        return [.. x.Select(row => columns.Select(column => Dot(row, column)).ToArray())];
    }

    private static double[][] Transpose(double[][] x) =>
        [.. Enumerable.Range(0, x[0].Length).Select(j => x.Select(row => row[j]).ToArray())];

    private static double Norm(double[][] x) => Math.Sqrt(x.Sum(row => Dot(row, row)));
}
