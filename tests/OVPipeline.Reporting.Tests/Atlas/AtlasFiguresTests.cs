using System.Globalization;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Reporting.Tests.Atlas;

/// <summary>Each figure of an atlas stands under its own name: in files, on a console and in pictures.</summary>
public sealed class AtlasFiguresTests
{
    private static readonly HeadAtlas s_atlas = DistinctAtlas.Create();

    public static TheoryData<string, Func<HeadProfile, double?>> Figures => new()
    {
        { "layer", head => head.Head.Layer },
        { "index", head => head.Head.Head },
        { "rank", head => head.Rank },
        { "top1", head => head.Copying!.Value.Top1 },
        { "top5", head => head.Copying!.Value.Top5 },
        { "suppression_top1", head => head.Suppression!.Value.Top1 },
        { "suppression_top5", head => head.Suppression!.Value.Top5 },
        { "d_prime", head => head.DPrime },
        { "copying_score", head => head.CopyingScore },
        { "own_rank_by_row", head => head.OwnToken!.MedianByRow },
        { "own_rank_by_column", head => head.OwnToken!.MedianByColumn },
        { "own_in_lowest_10", head => head.OwnToken!.AmongTenLowest },
        { "name_copy_score", head => head.NameCopyScore },
        { "participation_ratio", head => head.ParticipationRatio },
        { "entropy_rank", head => head.EntropyRank },
        { "query_to_key_top1", head => head.QK!.QueryToKey.Top1 },
        { "query_to_key_top5", head => head.QK!.QueryToKey.Top5 },
        { "key_to_query_top1", head => head.QK!.KeyToQuery.Top1 },
        { "key_to_query_top5", head => head.QK!.KeyToQuery.Top5 },
        { "matching_score", head => head.QK!.MatchingScore },
        { "qk_participation_ratio", head => head.QK!.ParticipationRatio },
        { "qk_entropy_rank", head => head.QK!.EntropyRank },
        { "previous_position", head => head.Positional!.Previous },
        { "current_position", head => head.Positional!.Current },
        { "first_position", head => head.Positional!.First },
        { "positions", head => head.Positional!.Positions },
    };

    [Theory]
    [MemberData(nameof(Figures))]
    public void Tables_Heads_HaveEachFigureUnderItsName(string key, Func<HeadProfile, double?> figure)
    {
        var table = Table("heads");
        Assert.Equal(s_atlas.Heads.Select(figure), Column(table, key).Select(cell => cell.Number));
        Assert.Equal(s_atlas.Heads.Select(head => head.Head.ToString()), Column(table, "head").Select(cell => cell.Text));
    }

    [Fact]
    public void Tables_Heads_HaveNoFigureThatIsNotChecked() =>
        Assert.Equal(Figures.Select(row => row.Data.Item1).Order(), Table("heads").Columns.Skip(1).Select(column => column.Key).Order());

    [Fact]
    public void Tables_Tokens_AreCopiedThenSuppressedFromPlaceOne() => Assert.Equal(
        ["L0H0,copied,1,7,seven,2,0.125", "L0H0,copied,2,8,eight,3,0.25", "L0H0,suppressed,1,9,nine,4,0.375"],
        Table("head-tokens").ToCsv().Split("\r\n")[1..4]);

    [Fact]
    public void Tables_SingularValues_AreAllFromPlaceOne() =>
        Assert.Equal(["L0H0,1,3", "L0H0,2,2", "L0H0,3,1", "L0H1,1,3.001"], Table("singular-values").ToCsv().Split("\r\n")[1..5]);

    [Fact]
    public void Tables_Compositions_AreQThenKThenV()
    {
        var table = Table("compositions");
        Assert.Equal("earlier,later,q_composition,k_composition,v_composition", table.ToCsv().Split("\r\n")[0]);
        Assert.Equal(
            s_atlas.Compositions.Select(pair => (pair.Earlier.ToString(), pair.Later.ToString(), pair.Q, pair.K, (double?)pair.V)),
            table.Rows.Select(row => (row[0].Text!, row[1].Text!, row[2].Number, row[3].Number, row[4].Number)));
        Assert.Contains("300 pairs of random heads score 0.1250, standard deviation 0.0625", table.Units, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_KCompositions_HaveEachFigureUnderItsName() => Assert.Equal(
        [
            "earlier,later,k_composition,query_to_key_top1,query_to_key_top5,key_to_query_top1,key_to_query_top5",
            "L0H1,L1H0,0.75,0.11,0.12,0.13,0.14",
            "L1H1,L2H0,0.5,0.21,0.22,0.23,0.24",
        ],
        Table("k-compositions").ToCsv().Split("\r\n")[..3]);

    [Fact]
    public void Summary_Heads_HaveEachFigureUnderItsName()
    {
        string[][] rows = Cells(AtlasSummary.OfHeads(s_atlas));
        Assert.Equal(
            ["head", "top1", "suppression top1", "copying score", "participation ratio", "query to key top1", "previous position",
                "K from", "name copy score", "own rank by row", "tokens copied most"],
            rows[0]);
        var head = s_atlas.Heads[3];
        Assert.Equal("1.1", head.Head.ToString());
        string ratio = head.ParticipationRatio.ToString("0.0", CultureInfo.InvariantCulture);
        // Of the heads before 1.1, 0.1 has the highest K-composition: 0.04 + 0.02 + 0.004 + 0.3.
        Assert.Equal(
            ["1.1", "11.1 %", "6.1 %", "-0.261", ratio, "22.1 %", "52.1 %", "0.1 0.364", "77.1 %", "11.5", "seven eight"], rows[4]);
    }

    [Fact]
    public void Summary_FewerRowsThanHeads_AreTheStrongestInTheOrderOfTheModel() =>
        Assert.Equal(["head", "1.0", "2.1"], Cells(AtlasSummary.OfHeads(s_atlas, most: 2)).Select(row => row[0]));

    [Fact]
    public void Summary_LongTokens_AreLeftOutWhole()
    {
        AtlasToken[] tokens = [new(0, "twelve chars", 1, 0), new(1, "another twel", 1, 0), new(2, "x", 1, 0), new(3, "yz", 1, 0)];
        var atlas = s_atlas with { Heads = [s_atlas.Heads[0] with { TopCopied = tokens }] };
        Assert.Equal("twelve chars another twel x", Cells(AtlasSummary.OfHeads(atlas))[1][^1]); // 27 of 28 columns; 30 with the next
    }

    [Fact]
    public void Summary_KCompositions_HaveEachFigureUnderItsName()
    {
        Assert.Equal(
            [
                ["pair", "K composition", "query to key top1", "query to key top5", "key to query top1", "key to query top5"],
                ["0.1 with 1.0", "0.750", "11.0 %", "12.0 %", "13.0 %", "14.0 %"],
                ["1.1 with 2.0", "0.500", "21.0 %", "22.0 %", "23.0 %", "24.0 %"],
            ],
            Cells(AtlasSummary.OfKCompositions(s_atlas)));
        Assert.Equal(2, Cells(AtlasSummary.OfKCompositions(s_atlas, most: 1)).Length);
    }

    [Fact]
    public void Tables_VirtualHeads_HaveEachFigureUnderItsName() => Assert.Equal(
        [
            "earlier,later,v_composition,top1,top5,copying_score",
            "L0H0,L2H1,0.625,0.31,0.32,0.875",
            "L1H0,L2H0,0.375,0.41,0.42,-0.125",
        ],
        Table("virtual-heads").ToCsv().Split("\r\n")[..3]);

    [Fact]
    public void Summary_VirtualHeads_HaveEachFigureUnderItsName()
    {
        Assert.Equal(
            [
                ["virtual head", "V composition", "top1", "top5", "copying score"],
                ["0.0 -> 2.1", "0.625", "31.0 %", "32.0 %", "0.875"],
                ["1.0 -> 2.0", "0.375", "41.0 %", "42.0 %", "-0.125"],
            ],
            Cells(AtlasSummary.OfVirtualHeads(s_atlas)));
        Assert.Equal(2, Cells(AtlasSummary.OfVirtualHeads(s_atlas, most: 1)).Length);
    }

    public static TheoryData<string, Func<HeadProfile, double?>> Pictures => new()
    {
        { "copying", head => 100 * head.Copying!.Value.Top1 },
        { "suppression", head => 100 * head.Suppression!.Value.Top1 },
        { "copying-score", head => head.CopyingScore },
        { "effective-rank", head => head.ParticipationRatio },
        { "matching", head => 100 * head.QK!.QueryToKey.Top1 },
        { "matching-score", head => head.QK!.MatchingScore },
        { "previous-position", head => 100 * head.Positional!.Previous },
    };

    [Theory]
    [MemberData(nameof(Pictures))]
    public void Maps_Heads_ShowTheFigureByLayerAndHead(string id, Func<HeadProfile, double?> figure)
    {
        var map = AtlasPictures.Maps(s_atlas).Single(map => map.Id == id);
        Assert.Equal(("layer", "head"), (map.Rows.Name, map.Columns.Name));
        foreach (var head in s_atlas.Heads)
            Assert.Equal(figure(head), map.Value(head.Head.Layer, head.Head.Head));
        Assert.Equal(id.EndsWith("score", StringComparison.Ordinal), map.Signed);
        Assert.True(map.Highest >= s_atlas.Heads.Max(figure));
    }

    [Theory]
    [InlineData("q-composition", 0)]
    [InlineData("k-composition", 0.3)]
    [InlineData("v-composition", 0.6)]
    public void Maps_Compositions_AreAboveRandomByEarlierAndLaterHead(string id, double more)
    {
        var map = AtlasPictures.Maps(s_atlas).Single(map => map.Id == id);
        Assert.Equal(["0.0", "0.1", "1.0", "1.1"], map.Rows.Labels);
        Assert.Equal(["1.0", "1.1", "2.0", "2.1"], map.Columns.Labels);
        foreach (var (earlier, i) in map.Rows.Labels.Select((name, i) => (HeadIndex.Parse(name), i)))
        {
            foreach (var (later, j) in map.Columns.Labels.Select((name, j) => (HeadIndex.Parse(name), j)))
            {
                double? score = s_atlas.Compositions.FirstOrDefault(pair => pair.Earlier == earlier && pair.Later == later)?.Q;
                Assert.Equal(score is null, map.Value(i, j) is null);
                if (score is { } q)
                    Assert.Equal(q + more - 0.125, map.Value(i, j)!.Value, 1e-12);
            }
        }
        Assert.Equal(s_atlas.Compositions.Max(pair => pair.Q)!.Value + more - 0.125, map.Highest, 1e-12);
    }

    private static ReportTable Table(string id) => AtlasTables.Of(s_atlas).Single(table => table.Id == id);

    private static IEnumerable<ReportValue> Column(ReportTable table, string key)
    {
        int column = table.Columns.Select(one => one.Key).ToList().IndexOf(key);
        return table.Rows.Select(row => row[column]);
    }

    // Headings and rows as they are shown, two or more spaces between cells.
    private static string[][] Cells(ConsoleTable table)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 300;
        console.Write(table);
        string[] lines = writer.ToString().ReplaceLineEndings("\n").Split('\n');
        return [.. lines.Where(line => line.Any(char.IsLetterOrDigit)).Select(line => Regex.Split(line.Trim(), @"\s{2,}"))];
    }
}
