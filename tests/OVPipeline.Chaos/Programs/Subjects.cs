using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OVPipeline.Chaos;

/// <summary>The programs that keep something, each on a small model.</summary>
internal static partial class Subjects
{
    /// <summary>Training, with a checkpoint after every step.</summary>
    public static Subject Training(string text, string tokenizer) => new("TrainModel", "TrainModel",
        (folder, again) =>
        [
            "--text", text, "--tokenizer", tokenizer, "--out", folder, "--heads", "2", "--d-model", "32", "--context", "32", "--batch", "4",
            "--tokens", "7680", "--log-every", "2560", "--threads", "1", "--checkpoint-minutes", "0",
            .. again ? ["--resume"] : Array.Empty<string>(),
        ],
        folder => DigestOf(folder, "model"))
    {
        HasBegun = folder => Steps(folder).Any(),
    };

    /// <summary>The experiments, whose parts are kept.</summary>
    public static Subject Claim(string model, string experiments) => new("TestTheClaim", "TestTheClaim",
        (folder, _) => [model, "--quick", "--only", experiments, "--out", folder],
        folder => File.Exists(Path.Combine(folder, "report.html")) ? DigestOf(folder, "results.json", "tables", "cache") : null)
    {
        HasBegun = folder => Parts(folder).Any(),
        Finished = Parts,
    };

    /// <summary>The claim's own program, which saves at the end.</summary>
    public static Subject Reproduction(string model) => new("ReproduceClaim", "ReproduceClaim",
        (folder, _) => [model, "--rank", "4", "--out", folder],
        DigestOfReproduction)
    {
        HasBegun = Directory.Exists,
        Certified = CertifiedOfReproduction,
    };

    /// <summary>A model of a hub, into a cache.</summary>
    public static Subject Hub(ChaosHub hub) => new("the hub's client", "InspectCheckpoint",
        (_, _) => [ChaosHub.Id],
        folder => Blobs(folder).Count() == 2 && DigestOf(folder, "models--org--model") is { } digest ? digest : null)
    {
        Environment = folder => new()
        {
            ["HF_ENDPOINT"] = hub.Address,
            ["HF_HUB_CACHE"] = folder,
            ["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1",
        },
        HasBegun = folder => Directory.Exists(Path.Combine(folder, "models--org--model", "blobs")),
        Finished = Blobs,
    };

    /// <summary>The files in a folder that stop in the middle, of the kinds that say where they end: under their names none may.</summary>
    public static IEnumerable<string> HalfWritten(string folder) =>
        In(folder, "*", (path, pattern) => Directory.GetFiles(path, pattern, SearchOption.AllDirectories))
            .Where(file => IsNamed(file) && !IsWhole(file));

    private static bool IsWhole(string file)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(file);
            switch (Path.GetExtension(file))
            {
                case ".json":
                    JsonDocument.Parse(bytes).Dispose();
                    return true;
                case ".zip":
                    new ZipArchive(new MemoryStream(bytes)).Dispose();
                    return true;
                case ".png":
                    return bytes is [.., (byte)'I', (byte)'E', (byte)'N', (byte)'D', _, _, _, _]; // the last four are a sum
                case ".html":
                    return Encoding.UTF8.GetString(bytes).TrimEnd().EndsWith("</html>", StringComparison.Ordinal);
                default:
                    return true;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Steps(string folder) => In(Path.Combine(folder, "checkpoints"), "step-*", Directory.GetDirectories);

    private static IEnumerable<string> Parts(string folder) => In(Path.Combine(folder, "cache"), "*.json", Directory.GetFiles)
        .Where(IsNamed);

    private static IEnumerable<string> Blobs(string folder) =>
        In(Path.Combine(folder, "models--org--model", "blobs"), "*", Directory.GetFiles)
            .Where(file => !file.EndsWith(".incomplete", StringComparison.Ordinal));

    private static bool IsNamed(string file) => !Path.GetFileName(file).StartsWith('.');

    private static string[] In(string folder, string pattern, Func<string, string, string[]> list) =>
        Directory.Exists(folder) ? list(folder, pattern) : [];

    // Files by name, with what they hold; null where one of those named is not there. A process that is killed cannot remove what it was
    // writing: that lies beside, hidden by a dot.
    private static string? DigestOf(string folder, params string[] names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            if (!Path.Exists(path))
                return null;
            string[] files = File.Exists(path) ? [path] : Directory.GetFiles(path, "*", SearchOption.AllDirectories);
            foreach (string file in files.Where(IsNamed).Order(StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(folder, file)));
                hash.AppendData(File.ReadAllBytes(file));
            }
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    // A zip's entries bear the time, and results the seconds that they took.
    private static string? DigestOfReproduction(string folder)
    {
        if (CertifiedOfReproduction(folder, hasFusedMultiplyAdd: true) is not { } certified)
            return null;
        string figures = Seconds().Replace(File.ReadAllText(Path.Combine(folder, "results.json")), "");
        return $"{certified} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(figures)))}";
    }

    // Every accuracy, and the trained pair to the last bit; but for what was trained, any machine has them. Losses may differ in their last
    // digits with the processor's instructions.
    private static string? CertifiedOfReproduction(string folder, bool hasFusedMultiplyAdd)
    {
        string zip = Path.Combine(folder, "copier.zip"), results = Path.Combine(folder, "results.json");
        if (!File.Exists(zip) || !File.Exists(results))
            return null;
        using var document = JsonDocument.Parse(File.ReadAllText(results));
        var rows = document.RootElement.GetProperty("rows").EnumerateArray()
            .Where(row => hasFusedMultiplyAdd || row.GetProperty("kind").GetString() != "trained");
        string accuracies = string.Join(' ', rows.Select(row => $"{row.GetProperty("top1")} {row.GetProperty("top5")}"));
        if (!hasFusedMultiplyAdd)
            return accuracies;
        using var archive = ZipFile.OpenRead(zip);
        string pair = string.Join(' ', archive.Entries.Where(entry => entry.Name is "H" or "G").Select(entry => $"{entry.Crc32:x8}"));
        return $"{pair} {accuracies}";
    }

    [GeneratedRegex("\"seconds\":\\s*\\{[^}]*\\}|\"(path|zip|file)\":\\s*\"[^\"]*\"")]
    private static partial Regex Seconds();
}
