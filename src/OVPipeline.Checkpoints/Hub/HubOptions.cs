namespace OVPipeline.Checkpoints;

/// <summary>Where models come from and where they are kept.</summary>
public sealed class HubOptions
{
    /// <summary>The hub. Default: the public one, https://huggingface.co.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The access token, sent to <see cref="Endpoint"/> only. Default: none.</summary>
    public string? Token { get; init; }

    /// <summary>The cache, in the layout of Python's huggingface_hub. Default: <c>~/.cache/huggingface/hub</c>.</summary>
    public string CacheFolder { get; init; } = HubEnvironment.DefaultCacheFolder;

    /// <summary>Whether to use what the cache holds and open no connection. Default: false.</summary>
    public bool Offline { get; init; }

    /// <summary>Longest wait for an answer, or for the next bytes of one. Default: 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Least bytes a second that an answer may come with, over any stretch of <see cref="Timeout"/>: a slower one is broken off and
    /// counts as a failure, whatever came. Default: 1024; 0 is no limit.
    /// </summary>
    public long LeastRate { get; init; } = 1024;

    /// <summary>
    /// How often in a row a request may fail before it is given up, where the file has grown no further by it than ever before. Default: 5.
    /// </summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Wait after the first failure; it doubles with each, up to 16 times. Default: 0.5 s.</summary>
    public TimeSpan BackOff { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Longest wait that the hub may ask for (Retry-After); beyond it a request is given up. Default: 5 minutes.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The settings of the environment, read as Python's huggingface_hub does: HF_ENDPOINT, HF_TOKEN or HUGGING_FACE_HUB_TOKEN or else
    /// the file HF_TOKEN_PATH (HF_HOME/token), HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_CACHE or HUGGINGFACE_HUB_CACHE or else
    /// HF_HOME/hub, XDG_CACHE_HOME, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE, HF_HUB_DOWNLOAD_TIMEOUT (seconds).
    /// </summary>
    /// <exception cref="InvalidOperationException">HF_ENDPOINT is no http or https address.</exception>
    public static HubOptions FromEnvironment() => HubEnvironment.Read(Environment.GetEnvironmentVariable);
}
