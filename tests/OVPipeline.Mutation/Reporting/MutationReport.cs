using System.Globalization;

namespace OVPipeline.Mutation;

/// <summary>What a run found, as text.</summary>
internal sealed class MutationReport
{
    private readonly IReadOnlyList<Outcome> _outcomes;
    private readonly IReadOnlyList<MutantNote> _equivalents;

    public MutationReport(IReadOnlyList<Outcome> outcomes, IReadOnlyList<MutantNote> equivalents)
    {
        _outcomes = outcomes;
        _equivalents = equivalents;
    }

    /// <summary>The survivors that have no reason in areas where none may be.</summary>
    public IReadOnlyList<Outcome> Faults => [.. Lost.Where(outcome => Areas.Strict.Contains(outcome.Mutant.Area))];

    /// <summary>The share noticed, in percent, of the mutants in those areas that have no reason to live; 100 where none was run.</summary>
    public double StrictScore
    {
        get
        {
            int noticed = _outcomes.Count(outcome => outcome.Fate == Fate.Noticed && Areas.Strict.Contains(outcome.Mutant.Area));
            int asked = noticed + Faults.Count;
            return asked == 0 ? 100 : 100.0 * noticed / asked;
        }
    }

    private IEnumerable<Outcome> Survivors => _outcomes.Where(outcome => outcome.Fate is Fate.Survived or Fate.NotReached);

    private IEnumerable<Outcome> Lost => Survivors.Where(outcome => ReasonOf(outcome.Mutant) is null);

    /// <summary>Writes the tables, the survivors without a reason, then those with one.</summary>
    public void Write(TextWriter writer)
    {
        WriteTable(writer, "Project", mutant => mutant.Project);
        WriteTable(writer, "Area", mutant => mutant.Area);
        WriteSurvivors(writer, "Survivors", Lost);
        WriteSurvivors(writer, "Survivors with a reason", Survivors.Where(outcome => ReasonOf(outcome.Mutant) is not null));
    }

    /// <summary>The run in a line.</summary>
    public string Summary
    {
        get
        {
            int run = _outcomes.Count(outcome => outcome.Fate != Fate.NotRun);
            string left = run < _outcomes.Count ? $" of {_outcomes.Count}, for which there was time" : "";
            int noticed = _outcomes.Count(outcome => outcome.Fate == Fate.Noticed);
            return $"{run} mutants{left}: {noticed} noticed, {Lost.Count()} survived, {Faults.Count} of them where none may.";
        }
    }

    private void WriteTable(TextWriter writer, string heading, Func<Mutant, string> key)
    {
        writer.WriteLine($"{heading,-24} {"mutants",8} {"noticed",8} {"survived",8} {"explained",9} {"score",7}");
        var rows = _outcomes.Where(outcome => outcome.Fate != Fate.NotRun).ToArray();
        foreach (var group in rows.GroupBy(outcome => key(outcome.Mutant)).OrderBy(group => group.Key, StringComparer.Ordinal))
            WriteRow(writer, group.Key, [.. group]);
        WriteRow(writer, "all", rows);
        writer.WriteLine();
    }

    private void WriteRow(TextWriter writer, string name, IReadOnlyCollection<Outcome> outcomes)
    {
        int noticed = outcomes.Count(outcome => outcome.Fate == Fate.Noticed);
        int explained = outcomes.Count(outcome => outcome.Fate != Fate.Noticed && ReasonOf(outcome.Mutant) is not null);
        int asked = outcomes.Count - explained;
        string score = asked == 0 ? "-" : (100.0 * noticed / asked).ToString("F1", CultureInfo.InvariantCulture) + "%";
        writer.WriteLine($"{name,-24} {outcomes.Count,8} {noticed,8} {asked - noticed,8} {explained,9} {score,7}");
    }

    private void WriteSurvivors(TextWriter writer, string heading, IEnumerable<Outcome> survivors)
    {
        var inOrder = survivors.OrderBy(outcome => outcome.Mutant.Area, StringComparer.Ordinal).ThenBy(outcome => outcome.Mutant.Identity);
        Outcome[] sorted = [.. inOrder];
        writer.WriteLine($"{heading}: {(sorted.Length == 0 ? "none" : sorted.Length)}");
        foreach (Outcome outcome in sorted)
        {
            Mutant mutant = outcome.Mutant;
            string reached = outcome.Fate == Fate.NotReached ? "no test reaches it" : $"not noticed by {outcome.Killer}";
            writer.WriteLine(mutant.Identity);
            writer.WriteLine($"  # {mutant.Area}, {mutant.Path}, {reached}");
            writer.WriteLine($"  - {mutant.Before}");
            writer.WriteLine($"  + {mutant.After}");
            if (ReasonOf(mutant) is { } reason)
                writer.WriteLine($"  = {reason}");
        }
        writer.WriteLine();
    }

    private string? ReasonOf(Mutant mutant) => _equivalents.FirstOrDefault(note => note.IsAbout(mutant))?.Reason;
}
