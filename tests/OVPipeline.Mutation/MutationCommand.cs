using System.Collections.Concurrent;
using System.Diagnostics;

namespace OVPipeline.Mutation;

/// <summary>One run: find, choose, build, record, run, report.</summary>
internal sealed class MutationCommand
{
    private const string NotesFolder = "tests/OVPipeline.Mutation";

    private readonly MutationOptions _options;
    private readonly RepositoryFiles _repository;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public MutationCommand(MutationOptions options)
    {
        _options = options;
        _repository = RepositoryFiles.Find();
        if (options.Tests is { } only)
            _repository = _repository.WithTestsOf(only);
    }

    /// <summary>Runs it.</summary>
    /// <returns>0 where the areas that must lose nothing have the score that is asked for.</returns>
    public int Run()
    {
        IReadOnlyList<SourceProject> projects = SourceProject.ReadAll(_repository);
        List<string> stale = [];
        IReadOnlyList<Mutant> mutants = Choose(projects, stale);
        var tree = new ScratchTree(_repository);
        mutants = WriteTree(tree, projects, mutants);
        Say($"{mutants.Count} mutants");
        if (_options.OnlyList)
        {
            foreach (Mutant mutant in mutants)
                Console.WriteLine($"{mutant.Identity}\n  - {mutant.Before}\n  + {mutant.After}");
            return 0;
        }
        using var deadline = new CancellationTokenSource();
        if (_options.Limit is { } limit)
            deadline.CancelAfter(TimeSpan.FromTicks(Math.Max(1, (limit - SinceStart()).Ticks)));
        Outcome[] outcomes = [.. mutants.Select(mutant => new Outcome(mutant, Fate.NotRun, ""))];
        try
        {
            tree.Build(deadline.Token);
            Say("built");
            RunAll(outcomes, new MutantRun(Record(tree, deadline.Token)), deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Say("the time is over");
        }
        Save(outcomes);
        return Report(outcomes, stale);
    }

    private IReadOnlyList<Mutant> Choose(IReadOnlyList<SourceProject> projects, List<string> stale)
    {
        Dictionary<string, MutantFinder> finders = projects.ToDictionary(project => project.Name, project => new MutantFinder(project));
        Mutant[] all = [.. finders.Values.SelectMany(finder => finder.All())];
        var curated = new List<Mutant>();
        foreach (MutantNote note in MutantNote.ReadAll(NotePath("curated.txt")))
            try
            {
                curated.Add(finders[note.Project].Described(note));
            }
            catch (Exception exception) when (exception is InvalidDataException or KeyNotFoundException)
            {
                stale.Add($"curated.txt: {exception.Message}");
            }
        IEnumerable<MutantNote> lost = Equivalents().Where(note => !all.Concat(curated).Any(note.IsAbout));
        stale.AddRange(lost.Select(note => $"equivalents.txt: {note.Member} {note.Place} is no more."));
        Mutant[] drawn = [.. Selection.Choose([.. all.Where(IsAsked)], _options.Count, _options.Seed)];
        Say($"{all.Length} mutants could be made");
        // A curated mutant first: those are the faults that were lost once.
        return [.. curated.Where(IsAsked).Concat(drawn).Select((mutant, id) => mutant with { Id = id })];
    }

    private bool IsAsked(Mutant mutant) =>
        (_options.Project is null || mutant.Project == _options.Project)
        && (_options.Member is null || _options.Member.Split(',').Any(part => mutant.Member.Contains(part, StringComparison.Ordinal)));

    private static IReadOnlyList<Mutant> WriteTree(ScratchTree tree, IReadOnlyList<SourceProject> projects, IReadOnlyList<Mutant> mutants)
    {
        var files = new Dictionary<string, string>();
        var kept = new List<Mutant>();
        foreach (SourceProject project in projects)
        {
            Mutant[] own = [.. mutants.Where(mutant => mutant.Project == project.Name)];
            if (own.Length == 0)
                continue;
            (Dictionary<string, string> changed, IReadOnlyList<Mutant> compiled) = SwitchedSources.Of(project, own);
            kept.AddRange(compiled);
            foreach ((string path, string text) in changed)
                files.Add(path, text);
        }
        tree.Write(files);
        return [.. kept.OrderBy(mutant => mutant.Id)];
    }

    private IReadOnlyList<TestRecord> Record(ScratchTree tree, CancellationToken cancellation)
    {
        // From the last on: the tests of OVPipeline.Torch take longest.
        TestAssembly[] assemblies = [.. _repository.TestFolders.Reverse().Select(folder => new TestAssembly(tree.Root, folder))];
        var records = new List<TestRecord>();
        ForEach(assemblies, assembly =>
        {
            (IReadOnlyList<TestRecord> own, IReadOnlyList<string> failed) = assembly.Record(cancellation);
            lock (records)
            {
                // A test that fails without a mutant could notice none.
                records.AddRange(own.Where(record => !failed.Contains(record.Test.Method)));
                Say($"{assembly.Name}: {own.Count} tests, {(int)own.Sum(record => record.Seconds)} s of processor time");
                foreach (string test in failed)
                    Say($"{test} fails without a mutant, and is left out");
            }
        }, cancellation);
        return records;
    }

    private void RunAll(Outcome[] outcomes, MutantRun run, CancellationToken cancellation)
    {
        int done = 0;
        ForEach(Enumerable.Range(0, outcomes.Length), i =>
        {
            outcomes[i] = run.Run(outcomes[i].Mutant, cancellation);
            int number = Interlocked.Increment(ref done);
            if (outcomes[i].Fate != Fate.Noticed || number % 25 == 0)
                Say($"{number} of {outcomes.Length}: {outcomes[i].Mutant.Identity} {outcomes[i].Fate} {outcomes[i].Killer}");
        }, cancellation);
    }

    private int Report(IReadOnlyList<Outcome> outcomes, IReadOnlyCollection<string> stale)
    {
        var report = new MutationReport(outcomes, Equivalents());
        Console.WriteLine();
        report.Write(Console.Out);
        foreach (string line in stale)
            Console.WriteLine(line);
        Console.WriteLine(report.Summary);
        return report.StrictScore >= _options.LeastScore ? 0 : 1;
    }

    /// <summary>Every outcome, a line each: <c>artifacts/mutation/results.tsv</c>.</summary>
    private void Save(IEnumerable<Outcome> outcomes) => File.WriteAllLines(
        Path.Combine(_repository.Root, "artifacts", "mutation", "results.tsv"),
        outcomes.Select(outcome => LineOf(outcome.Mutant, outcome)));

    private static string LineOf(Mutant mutant, Outcome outcome) =>
        string.Join('\t', outcome.Fate, mutant.Area, mutant.Identity, outcome.Killer, mutant.Before, mutant.After);

    private IReadOnlyList<MutantNote> Equivalents() => MutantNote.ReadAll(NotePath("equivalents.txt"));

    private string NotePath(string name) => Path.Combine(_repository.Root, NotesFolder, name);

    // One at a time is handed out: they take from a second to a minute.
    private void ForEach<T>(IEnumerable<T> items, Action<T> body, CancellationToken cancellation)
    {
        var partitions = Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _options.Workers, CancellationToken = cancellation };
        Parallel.ForEach(partitions, options, body);
    }

    private static TimeSpan SinceStart() => DateTime.Now - Process.GetCurrentProcess().StartTime;

    private void Say(string text) => Console.WriteLine($"[{_clock.Elapsed:mm\\:ss}] {text}");
}
