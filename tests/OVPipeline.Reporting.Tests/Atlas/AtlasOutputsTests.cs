using System.Text.RegularExpressions;
using OVPipeline.Core;
using Spectre.Console;
using Xunit;

namespace OVPipeline.Reporting.Tests.Atlas;

/// <summary>The atlas of a model whose outputs are not its tokens: nothing of copying, and why.</summary>
public sealed class AtlasOutputsTests
{
    private static readonly string[] s_empty = ["top1", "top5", "suppression_top1", "suppression_top5", "d_prime", "copying_score"];

    [Fact]
    public void Tables_CopyingNotDefined_HaveEmptyColumnsAndSayWhy()
    {
        var atlas = Atlas();
        var heads = AtlasTables.Of(atlas).Single(table => table.Id == "heads");
        Assert.EndsWith($"Empty here: {atlas.Model.NoCopying}", heads.Note, StringComparison.Ordinal);
        foreach (var row in heads.Rows)
            Assert.Equal(s_empty, heads.Columns.Select(column => column.Key).Where((_, i) => row[i].IsMissing));
        var tokens = AtlasTables.Of(atlas).Single(table => table.Id == "head-tokens");
        Assert.Empty(tokens.Rows);
        Assert.EndsWith(atlas.Model.NoCopying!, tokens.Note, StringComparison.Ordinal);
        var usual = AtlasTables.Of(DistinctAtlas.Create()).Select(table => table.Note ?? "");
        Assert.DoesNotContain(usual, note => note.Contains("Empty here", StringComparison.Ordinal));
    }

    [Fact]
    public void Pictures_CopyingNotDefined_AreTheOthers()
    {
        string[] all = [.. AtlasPictures.Maps(DistinctAtlas.Create()).Select(map => map.Id)];
        string[] shown = [.. AtlasPictures.Maps(Atlas()).Select(map => map.Id)];
        Assert.Equal(all.Except(["copying", "suppression", "copying-score"]), shown);
        Assert.Contains(AtlasPictures.Maps(Atlas()), map => map.Title == "Effective rank of the OV circuit, of at most 2: tiny");
    }

    [Fact]
    public void Summary_CopyingNotDefined_ShowsDashesAndAllElse()
    {
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 120;
        console.Write(AtlasSummary.OfHeads(Atlas()));
        foreach (string head in new[] { "0.0", "1.0", "2.1" })
            Assert.Matches($@"(?m)^ *{Regex.Escape(head)} +- +- +- +\d+\.\d +\d+\.\d % +\d+\.\d % ", writer.ToString());
    }

    private static HeadAtlas Atlas()
    {
        var atlas = DistinctAtlas.Create();
        return atlas with
        {
            Model = atlas.Model with { OutputVocabulary = 2 },
            Heads = [.. atlas.Heads.Select(head => head with
            {
                Copying = null,
                Suppression = null,
                DPrime = null,
                CopyingScore = null,
                TopCopied = [],
                TopSuppressed = [],
            })],
        };
    }
}
