using System.Globalization;

namespace OVPipeline.Mutation;

/// <summary>How a mutant fared.</summary>
internal enum Fate
{
    Noticed,
    Survived,
    NotReached,
    NotRun,
}

/// <summary>A mutant and how it fared.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Fate">How it fared.</param>
/// <param name="Killer">The test that noticed it, or how else.</param>
internal sealed record Outcome(Mutant Mutant, Fate Fate, string Killer);

/// <summary>Runs mutants against the tests that reach them.</summary>
internal sealed class MutantRun
{
    // The tests that a mutant meets first: about as long as the test program takes to start.
    private const double FirstSeconds = 0.5;

    private readonly IReadOnlyList<TestRecord> _records;

    public MutantRun(IReadOnlyList<TestRecord> records)
    {
        _records = records;
    }

    /// <summary>Runs one mutant until a test notices it.</summary>
    public Outcome Run(Mutant mutant, CancellationToken cancellation)
    {
        TestRecord[] reaching = [.. _records.Where(record => record.Reached.Contains(mutant.Id))];
        if (reaching.Length == 0)
            return new Outcome(mutant, Fate.NotReached, "");
        foreach ((TestAssembly assembly, double seconds, string[] filters) in Batches(mutant, reaching))
        {
            ProcessResult result = assembly.RunWith(mutant.Id, filters, seconds, cancellation);
            if (result.Noticed)
                return new Outcome(mutant, Fate.Noticed, result.Killer);
        }
        return new Outcome(mutant, Fate.Survived, string.Create(CultureInfo.InvariantCulture, $"{reaching.Length} tests"));
    }

    /// <summary>
    /// The quickest tests of every assembly, then the others. At last whole classes, since what a fixture ran counts to one test alone, and
    /// for state that is made once, whole assemblies.
    /// </summary>
    private IEnumerable<(TestAssembly Assembly, double Seconds, string[] Filters)> Batches(Mutant mutant, TestRecord[] reaching)
    {
        var first = new List<(TestAssembly, double Seconds, string[])>();
        var later = new List<(TestAssembly, double Seconds, string[])>();
        var last = new List<(TestAssembly, double Seconds, string[])>();
        foreach (var assembly in reaching.GroupBy(record => record.Test.Assembly).OrderBy(group => IsHome(group.Key, mutant) ? 0 : 1))
        {
            TestRecord[] quick = Quickest(assembly);
            first.Add(BatchOf(quick));
            TestRecord[] others = [.. assembly.Except(quick)];
            if (others.Length > 0)
                later.Add(BatchOf(others));
            HashSet<string> classes = [.. assembly.Select(record => record.Test.Class)];
            TestRecord[] beside = [.. _records.Where(record => record.Test.Assembly == assembly.Key && !assembly.Contains(record))];
            beside = [.. beside.Where(record => mutant.InStaticState || classes.Contains(record.Test.Class))];
            if (beside.Length > 0)
                last.Add(BatchOf(beside));
        }
        return [.. first, .. later, .. last];
    }

    private static bool IsHome(TestAssembly assembly, Mutant mutant) => assembly.Name == mutant.Project + ".Tests";

    private static TestRecord[] Quickest(IEnumerable<TestRecord> records)
    {
        double sum = 0;
        return [.. records.OrderBy(record => record.Seconds).TakeWhile((record, i) => (sum += record.Seconds) < FirstSeconds || i == 0)];
    }

    private static (TestAssembly, double, string[]) BatchOf(IReadOnlyCollection<TestRecord> records)
    {
        IEnumerable<string> filters = records.SelectMany(record => new[] { "-method", record.Test.Method });
        return (records.First().Test.Assembly, records.Sum(record => record.Seconds), [.. filters]);
    }
}
