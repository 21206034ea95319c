using System.Text;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class JsonFileTests : IDisposable
{
    private const int Longest = 100_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"a": NaN, "b": 3}""", "NaN")]
    [InlineData("""{"a": Infinity, "b": 3}""", "Infinity")]
    [InlineData("""{"a":-Infinity,"b":3}""", "-Infinity")]
    [InlineData("""{"a": 1e400, "b": 3}""", "1e400")]
    public void Read_NumberThatIsNotFinite_IsAnErrorWhereItIsAskedFor(string json, string shown)
    {
        var root = Read(json);
        Assert.Equal(3, root.Get("b").Index());
        Assert.Equal($"{_folder.PathOf("a.json")}: $.a: must be a number, was {shown}.",
            Assert.Throws<CheckpointException>(() => root.Get("a").Number()).Message);
        Assert.Throws<CheckpointException>(() => root.Get("a").Index());
    }

    [Theory]
    [InlineData("""{"NaN": "NaN", "b": "\"NaN\\", "c": [NaN, "Infinity"]}""")]
    [InlineData("[{\"a\": \"Infinity \\\\\"}, Infinity, \"x\\\"NaN\"]")]
    public void Read_NamesOfNumbersInText_StayText(string json)
    {
        string plain = json.Replace("[NaN,", "[1,", StringComparison.Ordinal).Replace(", Infinity,", ", 1,", StringComparison.Ordinal);
        Assert.Equal(Strings(Read(plain)), Strings(Read(json)));

        static List<string> Strings(JsonField field) => field.Value.ValueKind switch
        {
            System.Text.Json.JsonValueKind.Object => [.. field.Members().SelectMany(m => (string[])[m.Name, .. Strings(m.Value)])],
            System.Text.Json.JsonValueKind.Array => [.. field.Items().SelectMany(Strings)],
            System.Text.Json.JsonValueKind.String => [field.Text()],
            _ => [],
        };
    }

    [Theory]
    [InlineData("""{"a": 1NaN}""")]
    [InlineData("""{"a": NaN5}""")]
    [InlineData("""{"a": 1.Infinity}""")]
    [InlineData("""{"a": nan}""")]
    [InlineData("""{"a": +Infinity}""")]
    [InlineData("""{"a": 1,}""")]
    [InlineData("""{"a": 1} // a remark""")]
    [InlineData("""{"a": 1, "a": 2}""")]
    [InlineData("""{"NaN": NaN, "NaN": 2}""")]
    [InlineData("""{"a": "\q"}""")]
    [InlineData("""{"a": "NaN""")]
    [InlineData("""{"a": "NaN\""")]
    [InlineData("{\"\\ud800\": 1, \"\\ud800\": NaN}")]
    [InlineData("{} {}")]
    public void Read_NoSoundJson_SaysWhereInTheFile(string json)
    {
        var error = Assert.Throws<CheckpointException>(() => Read(json));
        Assert.StartsWith($"{_folder.PathOf("a.json")}: is not JSON: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TextThatIsNoUtf8_IsRefused()
    {
        File.WriteAllBytes(_folder.PathOf("a.json"), [.. "{\"a\": \"x"u8, 0xE5, .. "\"}"u8]);

        var error = Assert.Throws<CheckpointException>(() => JsonFile.Read(_folder.PathOf("a.json"), "a configuration", 100));

        Assert.EndsWith("is not JSON: it has bytes that are not UTF-8.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Fault_CountsLinesAndBytesFromOne() => Assert.EndsWith(
        "(line 2, byte 7).", Assert.Throws<CheckpointException>(() => Read("{\n \"a\": x}")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_DeepNesting_IsRefusedWithoutRecursion() => Assert.Contains(
        "depth", Assert.Throws<CheckpointException>(() => Read(new string('[', 100_000))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_LongerThanAllowed_NamesBoth() => Assert.Equal(
        $"{_folder.PathOf("a.json")}: has 100001 bytes, too many for a configuration (at most 100000).",
        Assert.Throws<CheckpointException>(() => Read($"[{new string(' ', Longest - 1)}]")).Message);

    [Fact]
    public void Read_ByteOrderMark_IsPassedOver() => Assert.Equal(1, Read("\uFEFF {\"a\": 1}").Get("a").Index());

    [Fact]
    public void Read_Utf16_SaysToSaveAsUtf8()
    {
        string path = _folder.PathOf("a.json");
        File.WriteAllText(path, "{}", Encoding.Unicode);
        Assert.Equal($"{path}: is text in UTF-16: save it as UTF-8.",
            Assert.Throws<CheckpointException>(() => JsonFile.Read(path, "a configuration", 100)).Message);
    }

    [Theory]
    [InlineData("d_model: 12", "is text, not a configuration; it begins with 'd_model: 12'.")]
    [InlineData("<html>", "is an HTML page, such as a hub sends")]
    [InlineData("", "is empty: fetch or save it again.")]
    public void Read_AnotherFile_SaysWhatItIs(string content, string sentence) =>
        Assert.StartsWith($"{_folder.PathOf("a.json")}: {sentence}",
            Assert.Throws<CheckpointException>(() => Read(content)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_RepeatedMember_LastCountsWhereTheFormatHasItSo() =>
        Assert.Equal(2, JsonFile.Parse("f", [.. "{\"a\":1,\"a\":2}"u8], repeats: true).Get("a").Index());

    [Fact]
    public void Text_HalfOfASurrogatePair_IsRefused()
    {
        var error = Assert.Throws<CheckpointException>(() => Read("""{"a": "\ud800"}""").Get("a").Text());
        Assert.StartsWith($"{_folder.PathOf("a.json")}: $.a: ", error.Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Read("""{"\ud800": 1}""").Members().ToList());
        Assert.Contains("$: has a name that is no text", Assert.Throws<CheckpointException>(
            () => JsonFile.Parse("f", [.. "{\"a\": 1, \"\\ud800b\": 1}"u8], repeats: true).Find("b")).Message, StringComparison.Ordinal);
    }

    private JsonField Read(string json)
    {
        string path = _folder.PathOf("a.json");
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(json));
        return JsonFile.Read(path, "a configuration", Longest);
    }
}
