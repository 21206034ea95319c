using System.Diagnostics;
using System.Text.Json.Nodes;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Tokenizers that somebody made to keep a program busy.</summary>
public sealed class PatternTimeTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Spend_SearchesOfOneText_AddUp()
    {
        var time = new PatternTime("f.json", 100);
        Spend(time, 2000);
        Spend(time, 2000);

        var error = Assert.Throws<CheckpointException>(() => Spend(time, 2000));

        Assert.StartsWith("f.json: the tokenizer's patterns took too long on 100 characters", error.Message, StringComparison.Ordinal);
        Spend(new PatternTime("f.json", 1_000_000), 14_000); // longer texts have longer
        Assert.Throws<CheckpointException>(() => Spend(new PatternTime("f.json", 1_000_000), 16_000));
    }

    [Fact]
    public void Load_PatternThatTakesSecondsForEachToken_IsGivenUpForAllTogether()
    {
        string folder = SharedFiles.PathOf("cases", "hostile", "redos-load-22");
        var clock = Stopwatch.StartNew();

        var tokens = CheckpointTokenizer.Load(folder, 36);

        Assert.True(clock.Elapsed < s_patience, $"Took {clock.Elapsed}.");
        Assert.Null(tokens.Tokenizer);
        Assert.StartsWith($"{Path.Combine(folder, "tokenizer.json")}: the tokenizer's patterns took too long on 192 characters",
            tokens.NoTokenizer, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_TextThatAPatternNeverEndsOn_ThrowsACheckpointException()
    {
        string folder = SharedFiles.PathOf("cases", "hostile", "redos-encode");
        var tokenizer = CheckpointTokenizer.Load(folder, 30).Tokenizer!;
        string text = new string('a', 60) + "!";
        var clock = Stopwatch.StartNew();

        var error = Assert.Throws<CheckpointException>(() => tokenizer.EncodeToIds(text));

        Assert.True(clock.Elapsed < s_patience, $"Took {clock.Elapsed}.");
        Assert.Equal(Path.Combine(folder, "tokenizer.json"), error.File);
        Assert.NotEmpty(tokenizer.EncodeToIds("aab")); // the next text has its own time
    }

    [Theory]
    [InlineData("pre_tokenizer", 300_000)]
    [InlineData("normalizer", 5_000)]
    public void Load_PatternOfCountlessAlternatives_IsNotBuilt(string member, int alternatives)
    {
        string pattern = string.Join('|', Enumerable.Range(0, alternatives).Select(i => $"{i:x8}"));
        JsonObject step = member == "normalizer"
            ? new() { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["content"] = "" }
            : new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated" };
        var clock = Stopwatch.StartNew();

        string? reason = Load(member, step).NoTokenizer;

        Assert.True(clock.Elapsed < s_patience / 3, $"Took {clock.Elapsed}.");
        Assert.Contains($"is a pattern of {pattern.Length} characters, more than the 8192", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_PatternThatIsLongInOurSyntax_IsNotBuilt() => Assert.Contains("more than the 65536", Load("pre_tokenizer", new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = string.Concat(Enumerable.Repeat(@"\b", 4000)) },
        ["behavior"] = "Isolated",
    }).NoTokenizer, StringComparison.Ordinal);

    [Theory]
    [InlineData("pre_tokenizer", "pretokenizers")]
    [InlineData("normalizer", "normalizers")]
    public void Load_StepsWithoutEnd_AreRefused(string member, string steps)
    {
        var all = new JsonArray([.. Enumerable.Range(0, 300).Select(_ => new JsonObject { ["type"] = "ByteLevel" })]);

        string? reason = Load(member, new() { ["type"] = "Sequence", [steps] = all }).NoTokenizer;

        Assert.Contains("has more than 256 steps", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ByteAlphabetsOfByteAlphabets_AreRefused()
    {
        JsonObject[] steps = [.. Enumerable.Range(0, 60).Select(_ => new JsonObject { ["type"] = "ByteLevel", ["use_regex"] = false })];

        string? reason = Load("pre_tokenizer", new() { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. steps]) }).NoTokenizer;

        Assert.Contains("has 60 byte alphabets in a row", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_CountlessAddedTokensThatBeginAlike_IsGivenUpInTime()
    {
        const int Tokens = 20_000;
        var finder = new AddedTokenFinder(Enumerable.Range(0, Tokens).Select(i => new AddedToken(i, $"{new string('a', 60)}{i:x8}")));
        var clock = Stopwatch.StartNew();

        Assert.Throws<CheckpointException>(() => finder.Cut(new string('a', 200_000), new("f.json", 200_000)).Count());

        Assert.True(clock.Elapsed < s_patience, $"Took {clock.Elapsed}.");
    }

    private static void Spend(PatternTime time, long milliseconds)
    {
        long since = Environment.TickCount64 - milliseconds;
        time.Spend(ref since);
    }

    private CheckpointTokens Load(string member, JsonObject step)
    {
        var root = JsonNode.Parse(File.ReadAllText(SharedFiles.PathOf("cases", "hostile", "redos-encode", "tokenizer.json")))!;
        root["pre_tokenizer"] = null;
        root[member] = step;
        File.WriteAllText(_folder.PathOf("tokenizer.json"), root.ToJsonString());
        return CheckpointTokenizer.Load(_folder.PathOf(""), 30);
    }
}
