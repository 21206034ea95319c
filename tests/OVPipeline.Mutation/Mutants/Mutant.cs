namespace OVPipeline.Mutation;

/// <summary>
/// A small fault. It is known by project, type, member, operator and its place among those of the operator in the member, not by file and
/// line: a note about it stays valid when code moves.
/// </summary>
internal sealed record Mutant
{
    /// <summary>The number that switches it on in this run's build.</summary>
    public required int Id { get; init; }

    public required string Project { get; init; }

    public required string Area { get; init; }

    /// <summary>The file, relative to the repository.</summary>
    public required string Path { get; init; }

    /// <summary>Type and member, as <c>ErrorBound.Of(int)</c>.</summary>
    public required string Member { get; init; }

    public required string Operator { get; init; }

    /// <summary>Its place among the mutants of this operator in this member, from 1.</summary>
    public required int Ordinal { get; init; }

    public required string Before { get; init; }

    public required string After { get; init; }

    /// <summary>Runs once for a whole process, so that tests after the first do not show that they need it.</summary>
    public required bool InStaticState { get; init; }

    public required Change Change { get; init; }

    public string Identity => $"{Project} {Member} {Operator} {Ordinal}";
}
