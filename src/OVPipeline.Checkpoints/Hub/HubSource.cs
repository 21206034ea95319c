namespace OVPipeline.Checkpoints;

/// <summary>A place on the hub as users type it: <c>org/name</c>, <c>org/name@revision</c>, <c>org/name@revision:file</c>.</summary>
/// <param name="Id">The repository's id, or another name of a model.</param>
/// <param name="Revision">A branch, tag or commit; null where none is named.</param>
/// <param name="File">A file of the repository; null where none is named.</param>
internal sealed record HubSource(string Id, string? Revision, string? File)
{
    /// <summary>Takes a text apart; null where it is no such place, and its name no hub id.</summary>
    /// <exception cref="CheckpointException">The name is one, and what stands after it is no revision or no file.</exception>
    public static HubSource? Parse(string text)
    {
        int end = text.IndexOfAny(['@', ':']);
        string id = end < 0 ? text : text[..end];
        if (!HubModel.IsId(id) || text.Contains('\\', StringComparison.Ordinal)) // C:\models is a path
            return null;
        string? revision = null;
        if (end >= 0 && text[end] == '@')
        {
            int colon = text.IndexOf(':', end);
            revision = colon < 0 ? text[(end + 1)..] : text[(end + 1)..colon];
            end = colon;
        }
        string? file = end < 0 ? null : text[(end + 1)..];
        if (revision is not null && !HubModel.IsRevision(revision))
            throw new CheckpointException(text, null, $"'{revision}' after @ is no branch, tag or commit.");
        if (file is not null && !RelativeName.IsSafe(file))
            throw new CheckpointException(text, null, $"'{file}' after the colon is no file of a repository.");
        return new(id, revision, file);
    }

    /// <inheritdoc/>
    public override string ToString() => Id + (Revision is null ? "" : "@" + Revision) + (File is null ? "" : ":" + File);
}
