namespace OVPipeline.Experiments;

/// <summary>
/// Where finished results and parts of results are kept, so that a run that was interrupted goes on from there and a second run does only
/// what is missing. What was computed under other conditions is not taken.
/// </summary>
public sealed class ResultStore
{
    private readonly string? _folder;
    private readonly List<string> _remarks = [];

    /// <summary>A store.</summary>
    /// <param name="folder">The folder that it keeps files in; null for a store that keeps nothing.</param>
    public ResultStore(string? folder) => _folder = folder;

    /// <summary>What was found and ignored, a sentence each: damaged, or computed under other conditions.</summary>
    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>The parts of one result.</summary>
    /// <param name="name">What they belong to: lower-case letters, digits and hyphens.</param>
    /// <param name="key">
    /// All that they depend on, as a text: the model's digest, options, the version of the result. Parts kept under another key are
    /// ignored.
    /// </param>
    public ResultParts Parts(string name, string key) => new(_folder, name, key, Remark);

    // A part is looked for more than once.
    private void Remark(string remark)
    {
        if (!_remarks.Contains(remark))
            _remarks.Add(remark);
    }
}
