using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Atlas;

/// <summary>What an atlas page holds: the figures of its atlas, each under its own name, and what it leaves out.</summary>
public sealed class AtlasPageTests
{
    private const int V = 1000;

    private static readonly HeadAtlas s_atlas = DistinctAtlas.Create();

    [Fact]
    public void Write_Figures_AreThoseOfTheTableOfHeads()
    {
        var table = AtlasTables.Of(s_atlas)[0];
        var data = Data(AtlasPage.Write(s_atlas));
        var measures = data.GetProperty("measures").EnumerateArray().ToArray();
        string[] keys = [.. measures.Select(measure => measure.GetProperty("key").GetString()!)];
        Assert.Equal(table.Columns.Select(column => column.Key).Except(["head", "layer", "index"]).Order(), keys.Order());
        foreach (var (key, measure) in keys.Zip(measures))
        {
            int column = table.Columns.Index().Single(item => item.Item.Key == key).Index;
            Assert.Equal(table.Rows.Select(row => row[column].Number), Numbers(measure.GetProperty("values")));
            Assert.Equal(table.Columns[column].Kind.ToString(), measure.GetProperty("kind").GetString());
            Assert.Equal(table.Columns[column].Digits, measure.GetProperty("digits").GetInt32());
        }
    }

    [Fact]
    public void Write_ListedTokens_AreThoseOfTheAtlas()
    {
        var data = Data(AtlasPage.Write(s_atlas));
        foreach (var (name, list) in new (string, Func<HeadProfile, IReadOnlyList<AtlasToken>>)[]
            { ("copied", head => head.TopCopied), ("suppressed", head => head.TopSuppressed) })
        {
            var heads = data.GetProperty(name).EnumerateArray().ToArray();
            Assert.Equal(s_atlas.Heads.Count, heads.Length);
            foreach (var (head, tokens) in s_atlas.Heads.Zip(heads))
                Assert.Equal(list(head), tokens.EnumerateArray().Select(token =>
                    new AtlasToken(token[0].GetInt32(), token[1].GetString()!, token[2].GetInt32(), token[3].GetDouble())));
        }
    }

    [Fact]
    public void Write_Compositions_StandByLaterThenEarlierHead()
    {
        string page = AtlasPage.Write(s_atlas with { Compositions = [.. s_atlas.Compositions.Reverse()] }); // in whatever order they come
        var byPlace = s_atlas.Compositions.OrderBy(pair => pair.Later.Layer).ThenBy(pair => pair.Later.Head)
            .ThenBy(pair => pair.Earlier.Layer).ThenBy(pair => pair.Earlier.Head).ToArray();
        Assert.Equal(byPlace.Select(pair => (float)pair.Q!), Block<float>(page, "composition-Q"));
        Assert.Equal(byPlace.Select(pair => (float)pair.K!), Block<float>(page, "composition-K"));
        Assert.Equal(byPlace.Select(pair => (float)pair.V), Block<float>(page, "composition-V"));
        var baseline = Data(page).GetProperty("baseline");
        Assert.Equal((0.125, 0.0625, 300), (baseline.GetProperty("mean").GetDouble(), baseline.GetProperty("deviation").GetDouble(),
            baseline.GetProperty("samples").GetInt32()));
    }

    [Fact]
    public void Write_Pairs_AreThoseOfTheAtlas()
    {
        var data = Data(AtlasPage.Write(s_atlas));
        Assert.Equal([1, 2, 0.75, 0.11, 0.13], Numbers(data.GetProperty("keyPairs")[0]));
        Assert.Equal([0, 5, 0.625, 0.31, 0.875], Numbers(data.GetProperty("virtualHeads")[0]));
    }

    [Fact]
    public void Write_Spectra_ArePaddedToTheLongest()
    {
        var shorter = s_atlas with { Heads = [s_atlas.Heads[0] with { SingularValues = [5] }, .. s_atlas.Heads.Skip(1)] };
        float[] spectra = Block<float>(AtlasPage.Write(shorter), "spectra");
        Assert.Equal([5, float.NaN, float.NaN, 3.001f, 2, 1], spectra[..6]);
        Assert.Equal(18, spectra.Length);
    }

    [Fact]
    public void Write_Tokens_AreRanksAndOutputsFromZero()
    {
        var atlas = WithTokens(outputs: 2);
        string page = AtlasPage.Write(atlas);
        var data = Data(page);
        Assert.Equal((2, 2, true), (data.GetProperty("bytes").GetInt32(), data.GetProperty("outputs").GetInt32(),
            data.GetProperty("ranked").GetBoolean()));
        Assert.Equal(atlas.Tokens!.Tokens.Tokens, data.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!));
        for (int head = 0; head < atlas.Heads.Count; head++)
        {
            Assert.Equal(atlas.Tokens.Heads[head].OwnRanks!.Select(rank => (ushort)(rank - 1)), Block<ushort>(page, $"ranks-{head}"));
            Assert.Equal(atlas.Tokens.Heads[head].TopOutputs.Select(id => (ushort)id), Block<ushort>(page, $"outputs-{head}"));
        }
        Assert.Empty(data.GetProperty("cut").EnumerateArray());
    }

    [Fact]
    public void Write_MoreTokensThanTwoBytesHold_TakesFour()
    {
        const int Many = 65_537;
        var ranks = Enumerable.Range(1, Many).ToArray();
        var config = new TransformerConfig { Name = "wide", Layers = 3, Heads = 2, DModel = 64, DHead = 4, Vocabulary = Many };
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, Many).Select(i => $"t{i}")]);
        HeadTokens[] heads = [.. s_atlas.Heads.Select(_ => new HeadTokens(ranks, []))];
        var atlas = s_atlas with { Model = config, Tokens = new(vocabulary, vocabulary, heads) };
        string page = AtlasPage.Write(atlas);
        Assert.Equal(ranks.Select(rank => rank - 1), Block<int>(page, "ranks-0"));
        Assert.Equal(4, Data(page).GetProperty("bytes").GetInt32());
    }

    // A plane of 6 heads, 1,000 tokens and 2 bytes is 16,000 characters.
    [Theory]
    [InlineData(3 * 16_000 + 2_000, true, 2, "")]
    [InlineData(2 * 16_000 + 2_000, true, 1, "Of the 2 highest outputs of each token and head this page has 1")]
    [InlineData(16_000 + 2_000, true, 0, "Of the 2 highest outputs of each token and head this page has 0")]
    [InlineData(15_000, false, 0, "The rank of every token in every head would take 0 MB")]
    public void Write_LessRoom_CutsOutputsThenRanksAndSaysSo(int maxBytes, bool ranked, int outputs, string sentence)
    {
        var atlas = WithTokens(outputs: 2);
        string page = AtlasPage.Write(atlas, maxBytes);
        var data = Data(page);
        Assert.Equal((ranked, outputs), (data.GetProperty("ranked").GetBoolean(), data.GetProperty("outputs").GetInt32()));
        Assert.Equal(ranked, page.Contains("id=\"ranks-0\"", StringComparison.Ordinal));
        Assert.Equal(outputs > 0, page.Contains("id=\"outputs-0\"", StringComparison.Ordinal));
        if (outputs > 0)
            Assert.Equal(atlas.Tokens!.Heads[0].TopOutputs.Where((_, i) => i % 2 < outputs).Select(id => (ushort)id),
                Block<ushort>(page, "outputs-0"));
        string cut = string.Join(' ', data.GetProperty("cut").EnumerateArray().Select(text => text.GetString()));
        Assert.Equal(sentence.Length == 0, cut.Length == 0);
        Assert.Contains(sentence, cut, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_NoTokens_SaysThatTheyWereNotComputed()
    {
        var data = Data(AtlasPage.Write(s_atlas));
        Assert.False(data.TryGetProperty("tokens", out _));
        Assert.Equal("What each head makes of each token was not computed.", data.GetProperty("cut")[0].GetString());
    }

    [Theory]
    [InlineData(3_142, 2, 12, 5)] // the embedded model
    [InlineData(50_257, 12, 12, 1)] // GPT-2 small
    [InlineData(128_256, 16, 32, null)]
    public void OutputsThatFit_KnownSizes_AreThese(int vocabulary, int layers, int heads, int? expected) => Assert.Equal(expected,
        AtlasPage.OutputsThatFit(new() { Name = "m", Layers = layers, Heads = heads, DModel = 64, DHead = 4, Vocabulary = vocabulary }));

    [Fact]
    public void Write_HostileTokens_StandAsTheyAre()
    {
        string[] hostile =
        [
            "</script><script>alert(1)</script>", "<!--", "\"'&", "\ud800x", "x\udc00", "\ud83d\ude00", "\u202eabc", "a\u200bb", "\0",
            "\u2028", "\\u0041", "]]>", "א", "${1}", "`",
        ];
        var vocabulary = new Vocabulary([.. hostile, .. Enumerable.Range(hostile.Length, V - hostile.Length).Select(i => $"t{i}")]);
        var atlas = WithTokens(1);
        atlas = atlas with { Tokens = atlas.Tokens! with { Tokens = vocabulary, Outputs = vocabulary } };
        string page = AtlasPage.Write(atlas), json = Json(page);
        Assert.DoesNotContain('<', json);
        // A lone surrogate is no text for .NET's reader: what browsers read it as is tested in one.
        Assert.Contains("\"\\ud800x\",\"x\\udc00\"", json, StringComparison.Ordinal);
        string[] read = [.. JsonDocument.Parse(Regex.Replace(json, @"\\ud800x|x\\udc00", "lone")).RootElement.GetProperty("tokens")
            .EnumerateArray().Take(hostile.Length).Select(token => token.GetString()!)];
        Assert.Equal(hostile.Select(token => token is "\ud800x" or "x\udc00" ? "lone" : token), read);
        Assert.DoesNotContain("alert(1)</script>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_HostileName_IsEncoded()
    {
        var atlas = s_atlas with { Model = s_atlas.Model with { Name = "</title><script>alert(1)</script>" } };
        string page = AtlasPage.Write(atlas);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AnyAtlas_NeedsNothingFromElsewhere()
    {
        string page = AtlasPage.Write(s_atlas);
        string shown = Regex.Replace(page, "<!--.*?-->", "", RegexOptions.Singleline); // licences name sites
        foreach (string outside in new[] { "http:", "https:", "@import", "url(", "src=" })
            Assert.DoesNotContain(outside, shown.Replace("url(#tip-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Contains("Copyright (c) 2015-present Jason Miller", page, StringComparison.Ordinal);
        Assert.Contains("Apache License", page, StringComparison.Ordinal);
    }

    private static HeadAtlas WithTokens(int outputs)
    {
        var vocabulary = new Vocabulary([.. Enumerable.Range(0, V).Select(i => $"t{i}")]);
        var random = new Random(3);
        HeadTokens[] heads = [.. s_atlas.Heads.Select(_ => new HeadTokens(Ids(V, 1), Ids(V * outputs, 0)))];
        return s_atlas with { Tokens = new(vocabulary, vocabulary, heads) };

        int[] Ids(int count, int first) => [.. Enumerable.Range(0, count).Select(_ => first + random.Next(V))];
    }

    private static string Json(string page) => Content(page, "data");

    private static JsonElement Data(string page) => JsonDocument.Parse(Json(page)).RootElement;

    private static T[] Block<T>(string page, string id) where T : struct =>
        MemoryMarshal.Cast<byte, T>(Convert.FromBase64String(Content(page, id))).ToArray();

    private static string Content(string page, string id) =>
        Regex.Match(page, $"id=\"{id}\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;

    private static IEnumerable<double?> Numbers(JsonElement array) =>
        array.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? (double?)null : value.GetDouble());
}
