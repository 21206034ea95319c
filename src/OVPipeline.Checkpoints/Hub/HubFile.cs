using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>What the hub says of a file.</summary>
/// <param name="ETag">Its name among the blobs: for large files the SHA-256 of the content, for others git's SHA-1.</param>
/// <param name="Size">Bytes, or null where the hub does not say.</param>
/// <param name="Commit">The commit it belongs to, or null where the hub does not say.</param>
internal sealed partial record HubFile(string ETag, long? Size, string? Commit)
{
    /// <summary>Reads the headers of an answer; null where there is no usable ETag.</summary>
    public static HubFile? From(HttpResponseMessage response)
    {
        string? tag = Header(response, "X-Linked-ETag") ?? Header(response, "ETag");
        tag = tag?.StartsWith("W/", StringComparison.Ordinal) == true ? tag[2..] : tag;
        tag = tag?.Trim('"');
        if (tag is null || !Form().IsMatch(tag))
            return null;
        return new(tag, SizeOf(response), Header(response, "X-Repo-Commit"));
    }

    // A redirect's own length is not the file's.
    private static long? SizeOf(HttpResponseMessage response)
    {
        if (long.TryParse(Header(response, "X-Linked-Size"), out long linked) && linked >= 0)
            return linked;
        return response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,127}\z")]
    private static partial Regex Form();
}
