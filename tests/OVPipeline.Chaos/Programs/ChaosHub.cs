using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using OVPipeline.Checkpoints.Tests;

namespace OVPipeline.Chaos;

/// <summary>A hub on a loopback port that sends a model's files slowly, so that there is something to interrupt.</summary>
internal sealed class ChaosHub : IDisposable
{
    public const string Id = "org/model";
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private const int Pieces = 8;
    private readonly string _folder;
    private readonly LoopbackServer _server;

    public ChaosHub(string folder)
    {
        _folder = folder;
        _server = new(Answer, TimeSpan.FromDays(1));
    }

    public string Address => _server.Address.AbsoluteUri;

    /// <summary>Whether bytes come in pieces a tenth of a second apart.</summary>
    public bool IsSlow { get; set; }

    public void Dispose() => _server.Dispose();

    private LoopbackResponse Answer(LoopbackRequest request)
    {
        string[] names = [.. Directory.GetFiles(_folder).Select(file => Path.GetFileName(file))];
        if (request.Path.StartsWith("/api/", StringComparison.Ordinal))
        {
            var siblings = names.Select(name => new { rfilename = name });
            return new(200, JsonSerializer.SerializeToUtf8Bytes(new { sha = Commit, siblings }));
        }
        string asked = Path.GetFileName(request.Path);
        if (!names.Contains(asked))
            return new(404, [], ("X-Error-Code", "EntryNotFound"));
        byte[] content = File.ReadAllBytes(Path.Combine(_folder, asked));
        (string, string)[] headers =
        [
            ("X-Repo-Commit", Commit),
            ("X-Linked-ETag", Convert.ToHexStringLower(SHA256.HashData(content))),
            ("X-Linked-Size", content.Length.ToString(CultureInfo.InvariantCulture)),
        ];
        int? piece = IsSlow ? content.Length / Pieces + 1 : null;
        if (request.From == 0)
            return new(200, content, headers) { PieceEachTenth = piece };
        string range = $"bytes {request.From}-{content.Length - 1}/{content.Length}";
        return new(206, content[request.From..], [.. headers, ("Content-Range", range)]) { PieceEachTenth = piece };
    }
}
