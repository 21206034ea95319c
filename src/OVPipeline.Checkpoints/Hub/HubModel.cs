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
        if (!IsRevision(revision))
            throw new ArgumentException($"A revision is a branch, tag or commit, was '{revision}'.", nameof(revision));
        Id = id;
        Revision = revision;
    }

    /// <summary>The id.</summary>
    public string Id { get; }

    /// <summary>The branch, tag or commit.</summary>
    public string Revision { get; }

    /// <summary>The id without its organization.</summary>
    public string Name => Id[(Id.IndexOf('/', StringComparison.Ordinal) + 1)..];

    /// <summary>The folder in the cache: <c>models--EleutherAI--pythia-70m</c>.</summary>
    public string Folder => "models--" + Id.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>Whether a text has the form of a hub id.</summary>
    /// <remarks>By the rules of huggingface_hub's <c>validate_repo_id</c>.</remarks>
    public static bool IsId(string id) => id.Length <= 96 && IdForm().IsMatch(id)
        && !id.Contains("--", StringComparison.Ordinal) && !id.Contains("..", StringComparison.Ordinal);

    /// <summary>Whether a text has the form of a branch, a tag or a commit.</summary>
    public static bool IsRevision(string text) => RevisionForm().IsMatch(text) && RelativeName.IsSafe(text);

    /// <summary>Whether a text is a full commit hash.</summary>
    public static bool IsCommit(string text) => CommitForm().IsMatch(text);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}@{Revision}";

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?(?<![.-])\z")]
    private static partial Regex IdForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9_./+-]*\z")]
    private static partial Regex RevisionForm();

    [GeneratedRegex(@"\A[0-9a-f]{40}\z")]
    private static partial Regex CommitForm();
}
