using OVPipeline.Core;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Reporting.Tests.Atlas;

public sealed class AtlasReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-atlas-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tables_HeadWithoutQK_HasEmptyFields()
    {
        string[] lines = AtlasTables.Of(Atlas(layers: 1, heads: 1)).Single(table => table.Id == "heads").ToCsv().Split("\r\n");
        Assert.Equal("L0H0,0,0,4,0.25,,0.5,,,-0.5,,,,,1,1,,,,,,,,,,,", lines[1]);
        Assert.Equal(lines[0].Count(c => c == ','), lines[1].Count(c => c == ','));
    }

    [Fact]
    public void Tables_TokensWithCommasAndQuotes_AreQuoted() =>
        Assert.Contains(
            "L0H0,copied,1,7,\",\"\"\",2,0.125",
            AtlasTables.Of(Atlas(1, 1)).Single(table => table.Id == "head-tokens").ToCsv(),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Save_NormsBetweenTheWeights_AreSaidOfWhatDependsOnScale(bool atScale)
    {
        var atlas = Atlas(2, 2);
        atlas = atlas with { Model = atlas.Model with { Normalization = "LN" }, LogitsAtModelScale = atScale };
        AtlasFiles.Save(_folder, atlas);
        static bool IsMarked(string file) => File.ReadAllLines(file)[0].Contains("at_model_scale", StringComparison.Ordinal);
        string[] marked = [.. Directory.GetFiles(_folder, "*.csv").Where(IsMarked).Select(file => Path.GetFileName(file)).Order()];
        Assert.Equal(atScale ? [] : ["head-tokens.csv", "singular-values.csv"], marked);
        string notes = File.ReadAllText(Path.Combine(_folder, "notes.txt"));
        Assert.Equal(!atScale, notes.Contains("Not at the model's scale: layer norms", StringComparison.Ordinal));
    }

    [Fact]
    public void Tables_TwelveHeadsALayer_HaveTwelveLabelsALayer()
    {
        foreach (var table in AtlasTables.Of(Atlas(2, 12)))
        {
            string[][] rows = [.. table.ToCsv().Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];
            foreach (string name in new[] { "head", "earlier", "later" }.Where(rows[0].Contains))
            {
                string[] heads = [.. rows.Skip(1).Select(row => row[Array.IndexOf(rows[0], name)]).Distinct()];
                Assert.Equal(name == "head" ? 24 : 12, heads.Length);
                Assert.All(heads, head =>
                    Assert.False(double.TryParse(head, System.Globalization.CultureInfo.InvariantCulture, out _), $"{table.Id}: {head}"));
            }
        }
    }

    [Fact]
    public void Pictures_OneHeadAndNoneOfTheRest_AreOnlyOfWhatThereIs()
    {
        var pictures = AtlasPictures.Of(Atlas(layers: 1, heads: 1));
        Assert.Equal(["copying", "suppression", "copying-score", "effective-rank"], pictures.Select(picture => picture.Id));
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 12)] // more heads than cells have text for
    public void Pictures_DeepModel_DrawsEveryCompositionBeforeItsReader(int layers, int heads)
    {
        var pictures = AtlasPictures.Of(Atlas(layers, heads));
        var picture = pictures.Single(picture => picture.Id == "v-composition");
        Assert.DoesNotContain(pictures, other => other.Id is "k-composition");
        Assert.True(picture.Png.Length > 2000);
        Assert.Contains("0.1250", picture.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_Files_AreTablesPicturesNotesAndThePage()
    {
        var atlas = Atlas(2, 2);
        var files = AtlasFiles.Save(_folder, atlas);
        Assert.Equal(files.Order(StringComparer.Ordinal), Directory.EnumerateFiles(_folder).Order(StringComparer.Ordinal));
        Assert.Equal(AtlasTables.Of(atlas).Count + AtlasPictures.Of(atlas).Count + 2, files.Count);
        Assert.Equal(AtlasPage.Write(atlas), File.ReadAllText(Path.Combine(_folder, "atlas.html")));
        Assert.Equal(["a note"], File.ReadAllLines(Path.Combine(_folder, "notes.txt")));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(120)]
    [InlineData(200)]
    public void Summary_AnyWidth_HasEveryHeadWithItsWholeFigures(int width)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(AtlasSummary.OfHeads(Atlas(2, 12)));
        string[] lines = writer.ToString().ReplaceLineEndings("\n").Split('\n');
        Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width));
        for (int head = 0; head < 12; head++)
            Assert.Contains(lines, line =>
                line.Trim().StartsWith($"1.{head} ", StringComparison.Ordinal) && line.Contains("25.0 %", StringComparison.Ordinal));
        foreach (string word in new[] { "suppression", "top1", "participation", "copying", "score", "previous", "tokens" })
            Assert.Contains(word, string.Join(' ', lines.Select(line => line.Trim())), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_LargeModel_ShowsTheStrongestByLayer()
    {
        var table = AtlasSummary.OfHeads(Atlas(3, 4), most: 3);
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 120;
        console.Write(table);
        Assert.Equal(3, table.Count);
        foreach (string shown in new[] { "2.1", "2.2", "2.3" }) // suppression grows from head to head
            Assert.Contains(shown, writer.ToString(), StringComparison.Ordinal);
        Assert.True(writer.ToString().Split('\n').All(line => line.TrimEnd().Length <= 120));
    }

    private static HeadAtlas Atlas(int layers, int heads)
    {
        var config = new TransformerConfig { Name = "tiny", Layers = layers, Heads = heads, DModel = 64, DHead = 4, Vocabulary = 4 };
        HeadIndex[] all = [.. config.AllHeads];
        return new()
        {
            Model = config,
            Notes = ["a note"],
            Heads = [.. all.Select((head, i) => new HeadProfile
            {
                Head = head,
                Rank = 4,
                Copying = new(0.25, null),
                Suppression = new(0.5 + 0.01 * i, null),
                DPrime = null,
                CopyingScore = -0.5,
                SingularValues = [3],
                TopCopied = [new(7, ",\"", 2, 0.125)],
                TopSuppressed = [],
            })],
            Compositions =
            [
                .. from later in all
                from earlier in all
                where earlier.Layer < later.Layer
                select new HeadComposition(earlier, later, null, null, 0.1 + 0.01 * later.Head),
            ],
            Baseline = layers > 1 ? new(0.125, 0.01, 300) : null,
        };
    }
}
