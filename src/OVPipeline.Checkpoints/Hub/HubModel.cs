using System.Text.RegularExpressions;

namespace OVPipeline.Checkpoints;

/// <summary>A model repository at a revision, with names that are safe in addresses and in paths.</summary>
internal sealed partial record HubModel
{
    /// <summary>A repository.</summary>
    /// <param name="id">Such as <c>gpt2</c> or <c>EleutherAI/pythia-70m</c>.</param>
    /// <param name="revision">A branch, a tag or a commit.</param>
    /// <exception cref="ArgumentException">One of them is not of the form that the hub allows.</exception>
    public HubModel(string id, string revision)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(revision);
        if (!IsId(id))
            throw new ArgumentException($"A hub id is 'name' or 'organisation/name', was '{id}'.", nameof(id));
        if (!RevisionForm().IsMatch(revision) || !IsSafe(revision))
            throw new ArgumentException($"A revision is a branch, tag or commit, was '{revision}'.", nameof(revision));
        Id = id;
        Revision = revision;
    }

    /// <summary>The id.</summary>
    public string Id { get; }

    /// <summary>The branch, tag or commit.</summary>
    public string Revision { get; }

    /// <summary>The folder in the cache: <c>models--EleutherAI--pythia-70m</c>.</summary>
    public string Folder => "models--" + Id.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Whether a text has the form of a hub id.</summary>
    /// <remarks>By the rules of huggingface_hub's <c>validate_repo_id</c>.</remarks>
    public static bool IsId(string id) => id.Length <= 96 && IdForm().IsMatch(id)
        && !id.Contains("--", StringComparison.Ordinal) && !id.Contains("..", StringComparison.Ordinal);

    /// <summary>Whether a text is a full commit hash.</summary>
    public static bool IsCommit(string text) => CommitForm().IsMatch(text);

    /// <summary>Whether a file's name leads to a place inside the folder it is put under.</summary>
    public static bool IsSafe(string name) => name.Length is > 0 and <= 1024
        && !name.AsSpan().ContainsAny('\\', ':')
        && !name.Any(char.IsControl)
        && Array.TrueForAll(name.Split('/'), IsSafePart);

    // 255 is what file systems allow. Windows drops dots and spaces at the end, so that two names would be one there; "." and ".." are
    // refused with these.
    private static bool IsSafePart(string part) => part.Length is > 0 and <= 255 && !part.EndsWith('.') && !part.EndsWith(' ');

    /// <inheritdoc/>
    public override string ToString() => $"{Id}@{Revision}";

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?(?<![.-])\z")]
    private static partial Regex IdForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_./+-]*\z")]
    private static partial Regex RevisionForm();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex CommitForm();
}
