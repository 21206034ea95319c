using System.Globalization;

namespace OVPipeline.Mutation;

/// <summary>A test of the scratch tree: a method, with all its rows.</summary>
/// <param name="Assembly">The program that holds it.</param>
/// <param name="Method">Its full name.</param>
internal sealed record Test(TestAssembly Assembly, string Method)
{
    public string Class => Method[..Method.LastIndexOf('.')];
}

/// <summary>What a test was seen to do without a mutant.</summary>
/// <param name="Test">The test.</param>
/// <param name="Seconds">Its processor time.</param>
/// <param name="Reached">The mutants whose code it ran.</param>
internal sealed record TestRecord(Test Test, double Seconds, IReadOnlySet<int> Reached);

/// <summary>One test program of the scratch tree.</summary>
internal sealed class TestAssembly
{
    // An unloaded machine needs a fraction of this to start a test program; a loaded one may need longer, but not in processor time.
    private static readonly TimeSpan Start = TimeSpan.FromSeconds(10);

    private readonly string _program;
    private readonly string _scratch;

    public TestAssembly(string treeRoot, string folder)
    {
        Name = Path.GetFileName(folder);
        string output = Path.Combine(treeRoot, folder, "bin", "Release");
        string program = OperatingSystem.IsWindows() ? Name + ".exe" : Name;
        _program = Directory.EnumerateFiles(output, program, SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc)
            ?? throw new FileNotFoundException($"{output} holds no {program}.");
        _scratch = Path.Combine(treeRoot, "..");
    }

    public string Name { get; }

    /// <summary>Runs all tests without a mutant.</summary>
    public (IReadOnlyList<TestRecord> Records, IReadOnlyList<string> Failed) Record(CancellationToken cancellation)
    {
        string path = Path.Combine(_scratch, $"{Name}.record");
        File.Delete(path);
        ProcessResult result = Run(["-parallelMode", "none"], [("OVP_MUTANT_RECORD", path)], limit: null, cancellation);
        var records = File.Exists(path) ? File.ReadLines(path).Select(Parse).GroupBy(row => row.Test).Select(Joined) : [];
        return ([.. records], result.FailedTests);
    }

    /// <summary>Runs tests with a mutant, and stops at the first that fails.</summary>
    /// <param name="mutant">The mutant's number.</param>
    /// <param name="filters">What is run, as the test program's own arguments.</param>
    /// <param name="seconds">The processor time that these tests take without it.</param>
    /// <param name="cancellation">Ends the test program.</param>
    public ProcessResult RunWith(int mutant, IEnumerable<string> filters, double seconds, CancellationToken cancellation)
    {
        string id = mutant.ToString(CultureInfo.InvariantCulture);
        TimeSpan limit = Start + TimeSpan.FromSeconds(5 * seconds);
        return Run([.. filters, "-stopOnFail", "-parallelMode", "none"], [("OVP_MUTANT", id)], limit, cancellation);
    }

    private ProcessResult Run(
        IEnumerable<string> arguments,
        IEnumerable<(string Name, string Value)> environment,
        TimeSpan? limit,
        CancellationToken cancellation) =>
        TestProcess.Run(_program, ["-noLogo", "-noColor", .. arguments], environment, limit, cancellation);

    private TestRecord Parse(string line)
    {
        string[] parts = line.Split('\t');
        double seconds = double.Parse(parts[1], CultureInfo.InvariantCulture);
        string[] reached = parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var ids = reached.Select(id => int.Parse(id, CultureInfo.InvariantCulture));
        return new TestRecord(new Test(this, parts[0]), seconds, ids.ToHashSet());
    }

    private static TestRecord Joined(IGrouping<Test, TestRecord> rows) =>
        new(rows.Key, rows.Sum(row => row.Seconds), rows.SelectMany(row => row.Reached).ToHashSet());
}
