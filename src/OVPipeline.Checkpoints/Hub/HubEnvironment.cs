using System.Globalization;
using System.Text.RegularExpressions;
using OVPipeline.Core;

namespace OVPipeline.Checkpoints;

/// <summary>Reads <see cref="HubOptions"/> from environment variables.</summary>
internal static partial class HubEnvironment
{
    /// <summary>The cache where no variable names one.</summary>
    public static string DefaultCacheFolder => Path.Combine(Home(static _ => null), "hub");

    /// <summary>The options that variables ask for.</summary>
    /// <param name="get">The value of a variable, or null.</param>
    public static HubOptions Read(Func<string, string?> get)
    {
        string home = Home(get);
        var defaults = new HubOptions();
        return new HubOptions
        {
            Endpoint = get("HF_ENDPOINT") is { } endpoint ? Address(endpoint) : defaults.Endpoint,
            Token = Token(get, home),
            CacheFolder = Expand(get("HF_HUB_CACHE") ?? get("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"), get),
            Offline = IsTrue(string.IsNullOrEmpty(get("HF_HUB_OFFLINE")) ? get("TRANSFORMERS_OFFLINE") : get("HF_HUB_OFFLINE")),
            Timeout = Seconds(get("HF_HUB_DOWNLOAD_TIMEOUT")) ?? defaults.Timeout,
        };
    }

    private static string Home(Func<string, string?> get) =>
        Expand(get("HF_HOME") ?? Path.Combine(get("XDG_CACHE_HOME") ?? Path.Combine("~", ".cache"), "huggingface"), get);

    private static TimeSpan? Seconds(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : null;

    private static Uri Address(string endpoint) =>
        Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? uri
            : throw new InvalidOperationException($"HF_ENDPOINT must be an http or https address, was '{endpoint}'.");

    private static string? Token(Func<string, string?> get, string home)
    {
        if (IsTrue(get("HF_HUB_DISABLE_IMPLICIT_TOKEN")))
            return null;
        if (Clean(get("HF_TOKEN") ?? get("HUGGING_FACE_HUB_TOKEN")) is { } token)
            return token;
        string file = Expand(get("HF_TOKEN_PATH") ?? Path.Combine(home, "token"), get);
        try
        {
            return File.Exists(file) && RegularFile.OtherKind(file) is null ? Clean(RegularFile.ReadAllText(file)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? Clean(string? token)
    {
        string? clean = token?.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();
        return string.IsNullOrEmpty(clean) ? null : clean;
    }

    private static bool IsTrue(string? value) => value?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

    // Python's expanduser, then expandvars: variables that are not set stay as they are.
    private static string Expand(string path, Func<string, string?> get)
    {
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith(@"~\", StringComparison.Ordinal))
            path = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..];
        return Variable().Replace(path, match => get(match.Groups[1].Value.Trim('{', '}')) ?? match.Value);
    }

    [GeneratedRegex(@"\$([A-Za-z0-9_]+|\{[^}]*\})")]
    private static partial Regex Variable();
}
