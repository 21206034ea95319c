using System.Net;

namespace OVPipeline.Checkpoints;

/// <summary>What the hub's refusals mean.</summary>
internal static class HubStatus
{
    /// <summary>A refusal as a failure, in a sentence that says what to do about it.</summary>
    public static HubFailure Explain(HttpResponseMessage response, bool hasToken)
    {
        string? code = Header(response, "X-Error-Code");
        string said = Header(response, "X-Error-Message") is { } message ? $" ({Short(message)})" : "";
        string status = $"{(int)response.StatusCode} {response.ReasonPhrase}".Trim();
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(
                hasToken
                    ? $"the hub refuses access with this token: {status}{said}; the model may be gated, or of another name"
                    : $"the hub refuses access without a token: {status}{said}; set HF_TOKEN, or check the name",
                isTransient: false),
            HttpStatusCode.NotFound when code == "RevisionNotFound" => new($"the hub has no such revision{said}", isTransient: false),
            HttpStatusCode.NotFound when code == "EntryNotFound" => new($"the hub has no such file{said}", isTransient: false),
            HttpStatusCode.NotFound => new($"the hub has nothing of that name: {status}{said}", isTransient: false),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                new($"the hub answers {status}{said}", isTransient: true, Wait(response)),
            _ => new($"the hub answers {status}{said}", isTransient: false),
        };
    }

    private static TimeSpan? Wait(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    private static string Short(string message) => message.Length <= 200 ? message : message[..200] + "...";
}

/// <summary>A request that did not give what was asked for.</summary>
internal sealed class HubFailure : Exception
{
    /// <summary>Says what went wrong, and whether another try may help.</summary>
    public HubFailure(string reason, bool isTransient, TimeSpan? wait = null, Exception? inner = null)
        : base(reason, inner)
    {
        IsTransient = isTransient;
        Wait = wait;
    }

    /// <summary>Whether another try may help.</summary>
    public bool IsTransient { get; }

    /// <summary>Whether bytes came, but too slowly: then those that did are no reason to try more often.</summary>
    public bool IsSlow { get; init; }

    /// <summary>How long the hub asks to wait before it.</summary>
    public TimeSpan? Wait { get; }
}
