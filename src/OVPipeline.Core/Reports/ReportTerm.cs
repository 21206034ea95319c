namespace OVPipeline.Core;

/// <summary>A term of a report's glossary. Where it first stands in a part, a page links it to its meaning.</summary>
/// <param name="Name">The term, as its entry is headed.</param>
/// <param name="Meaning">What it means, in a sentence or two.</param>
public sealed record ReportTerm(string Name, string Meaning)
{
    /// <summary>How else it stands in sentences, such as in the plural; the name itself need not be among them.</summary>
    public IReadOnlyList<string> Forms { get; init; } = [];
}
