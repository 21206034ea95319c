using Xunit;

namespace OVPipeline.Checkpoints.Tests;

public sealed class HubEnvironmentTests
{
    [Fact]
    public void Read_NothingSet_IsThePublicHub()
    {
        HubOptions options = Read();

        Assert.Equal("https://huggingface.co/", options.Endpoint.AbsoluteUri);
        Assert.Equal(Home(".cache", "huggingface", "hub"), options.CacheFolder);
        Assert.False(options.Offline);
    }

    [Theory]
    [InlineData("HF_HUB_CACHE", "/a", "/a")]
    [InlineData("HUGGINGFACE_HUB_CACHE", "/b", "/b")]
    [InlineData("HF_HOME", "/c", "/c/hub")]
    [InlineData("XDG_CACHE_HOME", "/d", "/d/huggingface/hub")]
    [InlineData("HF_HOME", "/x/$PART/${PART}/$OTHER", "/x/p/p/$OTHER/hub")]
    public void Read_CacheFolder_IsWherePythonLooks(string name, string value, string expected) =>
        Assert.Equal(expected.Replace('/', Path.DirectorySeparatorChar),
            Read((name, value), ("PART", "p")).CacheFolder.Replace('/', Path.DirectorySeparatorChar));

    [Fact]
    public void Read_Tilde_IsTheUsersFolder() => Assert.Equal(Home("models"), Read(("HF_HUB_CACHE", "~/models")).CacheFolder);

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("Yes", true)]
    [InlineData("on", true)]
    [InlineData("0", false)]
    [InlineData("2", false)]
    [InlineData("", false)]
    public void Read_Offline_IsPythonsTruth(string value, bool expected)
    {
        Assert.Equal(expected, Read(("HF_HUB_OFFLINE", value)).Offline);
        Assert.Equal(expected, Read(("TRANSFORMERS_OFFLINE", value)).Offline);
    }

    [Fact]
    public void Read_Endpoint_LosesItsLastSlash() =>
        Assert.Equal(new Uri("http://localhost:8080/x"), Read(("HF_ENDPOINT", "http://localhost:8080/x/")).Endpoint);

    [Theory]
    [InlineData("ftp://localhost")]
    [InlineData("localhost")]
    public void Read_EndpointNotHttp_Throws(string value) => Assert.Throws<InvalidOperationException>(() => Read(("HF_ENDPOINT", value)));

    [Fact]
    public void Read_Token_ComesFromVariablesThenFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.PathOf("token"), " hf_file\n");
        (string, string) home = ("HF_HOME", folder.Path);

        Assert.Equal("hf_file", Read(home).Token);
        Assert.Equal("hf_old", Read(home, ("HUGGING_FACE_HUB_TOKEN", "hf_old")).Token);
        Assert.Equal("hf_new", Read(home, ("HF_TOKEN", "hf_new\r\n"), ("HUGGING_FACE_HUB_TOKEN", "hf_old")).Token);
        Assert.Null(Read(home, ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token);
        Assert.Null(Read(home, ("HF_TOKEN_PATH", folder.PathOf("none"))).Token);
    }

    [Fact]
    public void Read_BothNamesOfTheCache_TakesTheNewOne() =>
        Assert.Equal("/new", Read(("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HUB_CACHE", "/new")).CacheFolder);

    [Theory]
    [InlineData(302, null)] // the length of the redirect's own text
    [InlineData(200, 3L)]
    public void From_AnswerWithALength_TakesItWhereItIsTheFiles(int status, long? size)
    {
        using var content = new ByteArrayContent(new byte[3]);
        using var response = new HttpResponseMessage((System.Net.HttpStatusCode)status) { Content = content };
        response.Headers.TryAddWithoutValidation("ETag", "\"abc\"");
        Assert.Equal(size, HubFile.From(response)!.Size);
        response.Headers.TryAddWithoutValidation("X-Linked-Size", "77");
        Assert.Equal(77, HubFile.From(response)!.Size);
    }

    [Fact]
    public void FindCommit_FileThatIsNoReference_IsNone()
    {
        using var folder = new TemporaryFolder();
        var model = new HubModel("org/model", "main");
        var cache = new HubCache(folder.Path);
        string commit = new('a', 40);
        string file = folder.PathOf(model.Folder, "refs", "main");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);

        File.WriteAllText(file, commit + "\n");
        Assert.Equal(commit, cache.FindCommit(model));
        File.WriteAllText(file, commit + new string('\n', 100));
        Assert.Null(cache.FindCommit(model));
    }

    [Fact]
    public void HubClient_TokenWithLineEnd_Throws() =>
        Assert.Throws<ArgumentException>(() => new HubClient(new HubOptions { Token = "a\r\nX-Other: b" }));

    [Theory]
    [InlineData("model.safetensors", true)]
    [InlineData("a/b.txt", true)]
    [InlineData(".gitattributes", true)]
    [InlineData("..", false)]
    [InlineData("a/../b", false)]
    [InlineData("/a", false)]
    [InlineData("a//b", false)]
    [InlineData("a/", false)]
    [InlineData("C:x", false)]
    [InlineData("a\\b", false)]
    [InlineData("a\0b", false)]
    [InlineData("a.", false)]
    [InlineData("", false)]
    public void IsSafe_FileName_StaysInItsFolder(string name, bool expected) => Assert.Equal(expected, RelativeName.IsSafe(name));

    private static HubOptions Read(params (string Name, string Value)[] variables)
    {
        var values = variables.Prepend(("HF_TOKEN_PATH", "/nowhere/token")).GroupBy(v => v.Item1)
            .ToDictionary(g => g.Key, g => g.Last().Item2);
        if (values.ContainsKey("HF_HOME") && variables.All(v => v.Name != "HF_TOKEN_PATH"))
            values.Remove("HF_TOKEN_PATH");
        return HubEnvironment.Read(values.GetValueOrDefault);
    }

    private static string Home(params string[] parts) =>
        Path.Combine([Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), .. parts]);
}
