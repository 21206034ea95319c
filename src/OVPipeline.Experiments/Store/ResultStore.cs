namespace OVPipeline.Experiments;

/// <summary>
/// Where finished results and parts of results are kept, so that a run that was interrupted goes on from there and a second run does only
/// what is missing. What was computed under other conditions is not taken.
/// </summary>
public sealed class ResultStore
{
    private readonly string? _folder;
    private readonly string? _published;
    private readonly List<string> _remarks = [];

    /// <summary>A store.</summary>
    /// <param name="folder">The folder that it keeps files in; null for a store that keeps nothing.</param>
    /// <param name="published">A folder of results that came with the model, read and never written; null for none.</param>
    public ResultStore(string? folder, string? published = null)
    {
        _folder = folder;
        _published = published;
    }

    /// <summary>What was found and ignored, a sentence each: damaged, or computed under other conditions.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>The parts of one result.</summary>
    /// <param name="name">What they belong to: lower-case letters, digits and hyphens.</param>
    /// <param name="key">
    /// All that they depend on, as a text: the model's digest, options, the version of the result. Parts kept under another key are
    /// ignored.
    /// </param>
    public ResultParts Parts(string name, string key) => new(_folder, name, key, Remark);

    /// <summary>
    /// A whole result that came with the model; null where there is none. What it read beside the model and its text, such as checkpoints,
    /// need not be here.
    /// </summary>
    /// <param name="name">What it is the result of.</param>
    /// <param name="key">The beginning of its key: all but what else it read.</param>
    internal T? Published<T>(string name, string key) where T : class =>
        _published is null ? null : new ResultParts(_published, name, key, Remark).Begun<T>(ResultParts.Whole);

    // A part is looked for more than once.
    private void Remark(string remark)
    {
        if (!_remarks.Contains(remark))
            _remarks.Add(remark);
    }
}
