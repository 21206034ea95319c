using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Reporting.Tests.Attention;

public sealed class AttentionPageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-attention-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_CausalPatterns_AreTheirLowerTriangles()
    {
        var attention = Attention(4, bidirectional: false);
        string page = AttentionPage.Write(attention);
        for (int head = 0; head < 2; head++)
        {
            var pattern = attention.Patterns[head];
            Assert.Equal(from query in Enumerable.Range(0, 4) from key in Enumerable.Range(0, query + 1) select pattern[query, key],
                Block(page, head));
        }
        var data = Data(page);
        Assert.True(data.GetProperty("causal").GetBoolean());
        Assert.Equal(attention.Ids, data.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(attention.Tokens, data.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()!));
    }

    [Fact]
    public void Write_PatternsOfAnEncoder_AreWhole()
    {
        var attention = Attention(3, bidirectional: true);
        string page = AttentionPage.Write(attention);
        Assert.Equal(attention.Patterns[1].Values.ToArray(), Block(page, 1));
        Assert.False(Data(page).GetProperty("causal").GetBoolean());
    }

    // Two heads of a causal model, 4 bytes a value and a third more as base64: 20 tokens are 210 values and 2,240 characters.
    [Theory, InlineData(2_300, false, 20), InlineData(2_200, false, 19), InlineData(1, false, 1), InlineData(4_400, true, 20)]
    public void Write_LessRoom_HasTheFirstTokensThatFit(int maxBytes, bool bidirectional, int shown)
    {
        var attention = Attention(30, bidirectional);
        var data = Data(AttentionPage.Write(attention, maxBytes));
        Assert.Equal((30, shown), (data.GetProperty("read").GetInt32(), data.GetProperty("tokens").GetArrayLength()));
        Assert.Equal(30, Data(AttentionPage.Write(attention)).GetProperty("tokens").GetArrayLength());
    }

    [Theory, InlineData(false), InlineData(true)]
    public void SaveCsv_Weights_AreARowForEachPairThatIsSeen(bool bidirectional)
    {
        var attention = Attention(2, bidirectional);
        string path = Path.Combine(_folder, "attention.csv");
        AttentionPage.SaveCsv(attention, path);
        string[] unseen = bidirectional ? ["L0H0,0,1,0.25"] : [];
        Assert.Equal(
            ["head,query,key,attention", "L0H0,0,0,0.125", .. unseen, "L0H0,1,0,0.375", "L0H0,1,1,0.5"],
            File.ReadAllText(path).Split("\r\n").Take(4 + unseen.Length));
    }

    [Fact]
    public void Save_HostileTokens_StayData()
    {
        var attention = Attention(2, false) with { Tokens = ["</script><script>alert(1)</script>", "\ud800"] };
        string path = Path.Combine(_folder, "attention.html");
        AttentionPage.Save(attention, path);
        string page = File.ReadAllText(path);
        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("\"\\ud800\"", page, StringComparison.Ordinal);
    }

    // Values that are all different and exact: 1/8, 2/8, ...
    private static PromptAttention Attention(int tokens, bool bidirectional) => new()
    {
        Model = new() { Name = "m", Layers = 1, Heads = 2, DModel = 4, DHead = 2, Vocabulary = 50, Bidirectional = bidirectional },
        Ids = [.. Enumerable.Range(7, tokens)],
        Tokens = [.. Enumerable.Range(0, tokens).Select(i => $"t{i}")],
        Patterns = [.. Enumerable.Range(0, 2).Select(head =>
            Matrix.Create(tokens, tokens, (i, j) => (float)((1 + (i * tokens) + j + (head * tokens * tokens)) / 8.0)))],
    };

    private static JsonElement Data(string page) => JsonDocument.Parse(Content(page, "data")).RootElement;

    private static float[] Block(string page, int head) =>
        MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(Content(page, $"pattern-{head}"))).ToArray();

    private static string Content(string page, string id) =>
        Regex.Match(page, $"id=\"{id}\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;
}
