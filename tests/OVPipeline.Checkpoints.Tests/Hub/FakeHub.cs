using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>
/// A hub with one model on a loopback port. Files whose names end in .safetensors or .bin are large: a second server has them.
/// </summary>
internal sealed class FakeHub : IDisposable
{
    public const string Id = "org/model", Commit = "0123456789abcdef0123456789abcdef01234567";
    private readonly LoopbackServer _server;
    private readonly LoopbackServer _store;

    public FakeHub()
    {
        _server = new(Answer);
        _store = new(request => Fault?.Invoke(request) ?? Part(request, Files[request.Path[1..]]));
    }

    public Dictionary<string, byte[]> Files { get; } = new()
    {
        ["config.json"] = "{}"u8.ToArray(),
        ["README.md"] = "read me"u8.ToArray(),
        ["tokenizer.json"] = "{ }"u8.ToArray(),
        ["vocab.json"] = "[]"u8.ToArray(),
        ["model.safetensors"] = Content(300_000),
        ["pytorch_model.bin"] = Content(10),
        ["onnx/model.onnx"] = Content(11),
    };

    /// <summary>Answers in place of the hub or its store where it gives something.</summary>
    public Func<LoopbackRequest, LoopbackResponse?>? Fault { get; set; }

    public Uri Address => _server.Address;

    public Uri Store => _store.Address;

    public IReadOnlyList<LoopbackRequest> Requests => [.. _server.Requests];

    /// <summary>GET requests to the store of large files.</summary>
    public IReadOnlyList<LoopbackRequest> Downloads => [.. _store.Requests];

    public static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    [SuppressMessage("Security", "CA5350", Justification = "Git names its objects by SHA-1.")]
    public static string Git(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    public static bool IsLarge(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".bin", StringComparison.Ordinal);

    public HubOptions Options(string cache, string? token = null, bool offline = false) => new()
    {
        Endpoint = Address,
        CacheFolder = cache,
        Token = token,
        Offline = offline,
        Attempts = 3,
        BackOff = TimeSpan.FromMilliseconds(2),
        Timeout = TimeSpan.FromSeconds(5),
        LongestWait = TimeSpan.FromSeconds(30),
    };

    public string Resolve(string cache, string? revision = null, IProgress<HubProgress>? progress = null)
    {
        using var client = new HubClient(Options(cache));
        return client.Resolve(Id, revision, progress, Xunit.TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        _server.Dispose();
        _store.Dispose();
    }

    private LoopbackResponse Answer(LoopbackRequest request)
    {
        if (Fault?.Invoke(request) is { } fault)
            return fault;
        if (request.Path.StartsWith($"/api/models/{Id}/revision/", StringComparison.Ordinal))
            return new(200,
                JsonSerializer.SerializeToUtf8Bytes(new { sha = Commit, siblings = Files.Keys.Select(name => new { rfilename = name }) }));
        string prefix = $"/{Id}/resolve/{Commit}/";
        if (!request.Path.StartsWith(prefix, StringComparison.Ordinal)
            || !Files.TryGetValue(request.Path[prefix.Length..], out byte[]? content))
            return new(404, [], ("X-Error-Code", "EntryNotFound"));
        string name = request.Path[prefix.Length..];
        return IsLarge(name)
            ? new(302, [], ("X-Repo-Commit", Commit), ("X-Linked-ETag", $"\"{Sha256(content)}\""), ("X-Linked-Size", $"{content.Length}"),
                ("Location", new Uri(Store, name).AbsoluteUri))
            : Part(request, content, ("X-Repo-Commit", Commit), ("ETag", $"\"{Git(content)}\""));
    }

    private static LoopbackResponse Part(LoopbackRequest request, byte[] content, params (string, string)[] headers) => request.From == 0
        ? new(200, content, headers)
        : new(206, content[request.From..], [.. headers, ("Content-Range", $"bytes {request.From}-{content.Length - 1}/{content.Length}")]);
}
