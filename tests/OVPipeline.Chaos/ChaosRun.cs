using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using OVPipeline.Torch;

namespace OVPipeline.Chaos;

/// <summary>All trials, one after the other: what was done, and what was lost by it.</summary>
internal sealed class ChaosRun : IDisposable
{
    // A program may end before it is killed; then another is started.
    private const int AttemptsForAKill = 4;

    // The system's words where a write failed, and the hub client's, which asks before it writes.
    private static readonly string[] s_full = ["No space left on device", "has room for"];

    private readonly string _folder = Directory.CreateTempSubdirectory("ovp-chaos-").FullName;
    private readonly ChaosOptions _options;
    private readonly Action<string> _say;
    private readonly Random _random;
    private readonly ChaosHub _hub;
    private readonly Subject[] _subjects;
    private int _folders;

    public ChaosRun(ChaosOptions options, Action<string> say)
    {
        (_options, _say, _random) = (options, say, new(options.Seed));
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "OVPipeline.sln")))
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("There is no OVPipeline.sln above this program.");
        string text = Path.Combine(_folder, "text.txt");
        File.WriteAllText(text,
            string.Join("\n\n", Enumerable.Range(0, 1_000).Select(i => $"The stone {i % 7} walks and the river never {i % 5}.")));
        Model = Path.Combine(_folder, "model");
        using (var module = new Transformer(
            new() { Name = "tiny", Vocabulary = 300, DModel = 24, Layers = 2, Heads = 3, DHead = 8, ContextLength = 16 },
            new() { Embedding = 1, Position = 1, Attention = 0.6, Output = 0.6, Unembedding = 0.4 }, _options.Seed))
            module.Save(Model);
        _hub = new(Model);
        _subjects =
        [
            Subjects.Training(text, Path.Combine(root, "data", "attn-only-2l-quarter", "tokenizer.model")),
            Subjects.Claim(Model, options.IsShort ? "reproduction" : "reproduction,frontier"),
            Subjects.Reproduction(Model),
            Subjects.Hub(_hub),
        ];
    }

    /// <summary>A small model that all but training begin with.</summary>
    private string Model { get; }

    public void Dispose()
    {
        _hub.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs the trials, and says a line for each and one for all.</summary>
    public IReadOnlyList<Outcome> Run()
    {
        _say($"seed {_options.Seed}");
        foreach (var subject in _subjects)
            RunWhole(subject);
        var faulted = _options.IsShort ? [_subjects[_options.Seed % _subjects.Length]] : _subjects;
        var machines = _options.IsShort ? Machine.Short : Machine.All;
        var outcomes = new List<Outcome>();
        foreach (var subject in _subjects)
            Try(outcomes, $"killed: {subject.Name}", name => Killed(name, subject));
        foreach (var subject in faulted)
        {
            Try(outcomes, $"full disk: {subject.Name}", name => FullDisk(name, subject));
            Try(outcomes, $"read-only output: {subject.Name}", name => ReadOnly(name, subject));
            Try(outcomes, $"SIGINT and SIGTERM: {subject.Name}", name => Signalled(name, subject));
        }
        foreach (var subject in _subjects[(_options.IsShort ? 2 : 1)..3])
            Try(outcomes, $"standard output closed: {subject.Name}", name => ClosedOutput(name, subject));
        foreach (var machine in machines)
            Try(outcomes, $"machine: {machine.Name}", name => On(name, machine, _subjects[2]));
        Try(outcomes, "file truncated while it is open", Truncated);
        Try(outcomes, "16 threads on one model", Threads);
        _say($"{outcomes.Sum(o => o.Kills)} kills, {outcomes.Sum(o => o.Faults)} other faults, "
            + $"{outcomes.Sum(o => o.Wrong.Count)} results lost or wrong.");
        return outcomes;
    }

    private void Try(List<Outcome> outcomes, string name, Func<string, Outcome?> trial)
    {
        if (_options.Only is { } only && !name.Contains(only, StringComparison.OrdinalIgnoreCase))
            return;
        if (trial(name) is not { } outcome)
        {
            _say($"{name,-48} skipped: nothing may be mounted here");
            return;
        }
        outcomes.Add(outcome);
        string wrong = outcome.Wrong.Count == 0 ? "nothing lost" : $"{outcome.Wrong.Count} WRONG";
        _say($"{name,-48} {outcome.Kills,4} kills {outcome.Faults,4} faults   {wrong}");
        foreach (string sentence in outcome.Wrong)
            _say("  " + sentence);
    }

    private void RunWhole(Subject subject)
    {
        string folder = NewFolder();
        using var run = subject.Start(folder).Wait();
        subject.Whole = run.ExitCode == 0 && subject.Digest(folder) is { } digest
            ? digest
            : throw new InvalidOperationException($"{subject.Name} does not run: {run.News}");
        subject.WholeFolder = folder;
        subject.Bytes = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        subject.Seconds = run.Seconds;
        subject.ProcessorSeconds = run.ProcessorSeconds;
    }

    // SIGKILL at random moments after there is something to lose, then a run to the end.
    private Outcome Killed(string name, Subject subject)
    {
        var wrong = new List<string>();
        string folder = NewFolder();
        int kills = 0;
        _hub.IsSlow = true;
        bool goesOn = false;
        for (int attempt = 0; kills < _options.Kills && attempt < AttemptsForAKill * _options.Kills; attempt++)
        {
            using var run = subject.Start(folder, goesOn);
            run.WaitFor(() => subject.HasBegun(folder));
            Thread.Sleep(TimeSpan.FromSeconds(_random.NextDouble() * subject.Seconds / 2));
            var finished = Snapshot(subject, folder);
            goesOn = run.Kill();
            kills += goesOn ? 1 : 0;
            // A file may have been finished since; none may have gone or have changed.
            wrong.AddRange(Lost(finished, Snapshot(subject, folder)));
            wrong.AddRange(NotWhole(subject, folder).Select(why => $"kill {kills}: {why}"));
            if (!goesOn || kills % 3 == 0)
            {
                Finish(subject, folder, wrong);
                folder = NewFolder();
                goesOn = false;
            }
        }
        _hub.IsSlow = false;
        if (goesOn)
            Finish(subject, folder, wrong);
        return new(name, kills, 0, wrong);
    }

    // A disk of a random size that is too small, then one that is large enough.
    private Outcome? FullDisk(string name, Subject subject)
    {
        var wrong = new List<string>();
        long room = Math.Max(4096, (long)(subject.Bytes * (0.05 + 0.6 * _random.NextDouble())));
        using var disk = MountedFolder.TryMount(room);
        if (disk is null)
            return null;
        string folder = Path.Combine(disk.Path, "run");
        using (var full = subject.Start(folder).Wait())
        {
            if (full.ExitCode == 0)
                wrong.Add($"a disk of {room} bytes was not full");
            else if (full.NotOneSentence(2) is { } why)
                wrong.Add(why);
            else if (!s_full.Any(words => full.Errors[0].Contains(words, StringComparison.Ordinal)))
                wrong.Add($"it does not say that the disk is full: {full.Errors[0]}");
            wrong.AddRange(NotWhole(subject, folder));
        }
        disk.Resize(64 << 20);
        Finish(subject, folder, wrong, kept: true);
        return new(name, 0, 1, wrong);
    }

    private static Outcome? ReadOnly(string name, Subject subject)
    {
        var wrong = new List<string>();
        using var disk = MountedFolder.TryMount(1 << 20);
        if (disk is null)
            return null;
        disk.MakeReadOnly();
        using var run = subject.Start(Path.Combine(disk.Path, "run")).Wait();
        if (run.NotOneSentence(2) is { } why)
            wrong.Add(why);
        return new(name, 0, 1, wrong);
    }

    private Outcome Signalled(string name, Subject subject)
    {
        var wrong = new List<string>();
        int faults = 0;
        _hub.IsSlow = true;
        foreach (var (signal, code) in new[] { ("INT", 130), ("TERM", 143) }.Where(signal => Signals.AreDelivered(signal.Item1)))
        {
            string folder = NewFolder();
            using (var run = subject.Start(folder))
            {
                run.WaitFor(() => subject.HasBegun(folder));
                Thread.Sleep(TimeSpan.FromSeconds(_random.NextDouble() * subject.Seconds / 4));
                bool hasEnded = run.HasEnded;
                run.Signal(signal);
                run.Wait();
                faults += hasEnded ? 0 : 1;
                if (!hasEnded && run.NotOneSentence(code, 0) is { } why)
                    wrong.Add($"SIG{signal}: {why}");
                wrong.AddRange(NotWhole(subject, folder).Select(why => $"SIG{signal}: {why}"));
            }
            Finish(subject, folder, wrong);
        }
        _hub.IsSlow = false;
        return new(name, 0, faults, wrong);
    }

    // Nobody reads what it prints: what it writes into files is whole all the same.
    private Outcome ClosedOutput(string name, Subject subject)
    {
        var wrong = new List<string>();
        string folder = NewFolder();
        string program = Path.Combine(AppContext.BaseDirectory, subject.Program + ".dll");
        string line = string.Join(' ', subject.Arguments(folder, false).Select(word => $"'{word}'"));
        string script = $"dotnet '{program}' {line} 2>'{folder}.errors' | head -1 >/dev/null; exit ${{PIPESTATUS[0]}}";
        using var shell = System.Diagnostics.Process.Start("bash", ["-c", script]);
        shell.WaitForExit();
        string errors = File.ReadAllText(folder + ".errors");
        if (shell.ExitCode != 0 || errors.Contains("   at ", StringComparison.Ordinal))
            wrong.Add($"exit code {shell.ExitCode}: {errors.ReplaceLineEndings(" ")}");
        if (subject.Digest(folder) != subject.Whole)
            wrong.Add("its results are not those of other runs");
        return new(name, 0, 1, wrong);
    }

    private Outcome On(string name, Machine machine, Subject subject)
    {
        var wrong = new List<string>();
        string folder = NewFolder();
        using var run = subject.Start(folder, more: machine.Environment, before: machine.Before).Wait();
        bool mayFail = machine.IsTooSmall && run.ExitCode != 0;
        if (run.NotOneSentence(mayFail ? 2 : 0) is { } why)
            wrong.Add(why);
        string? found = subject.CertifiedIn(folder, machine.HasFusedMultiplyAdd),
            expected = subject.CertifiedIn(subject.WholeFolder, machine.HasFusedMultiplyAdd);
        if (!mayFail && found != expected)
            wrong.Add($"its results are not those of other machines: {found}, not {expected}");
        double times = run.ProcessorSeconds / subject.ProcessorSeconds;
        if (times > machine.MostTimes)
            wrong.Add($"it took {times:0.0} times the processor's usual time, and may take {machine.MostTimes} times");
        else
            _say($"  it took {times:0.0} times the processor's usual time");
        return new(name, 0, 1, wrong);
    }

    private Outcome Truncated(string name)
    {
        var wrong = new List<string>();
        string folder = NewFolder();
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Model))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        string weights = Path.Combine(folder, "model.safetensors"), opened = Path.Combine(folder, "opened");
        using var run = new RunningProgram(typeof(ChaosRun).Assembly.GetName().Name!, [HeldModel.Command, folder, opened]);
        run.WaitFor(() => File.Exists(opened));
        using (var stream = new FileStream(weights, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.SetLength(1000);
        run.Say("read");
        run.Wait();
        if (run.NotOneSentence(2) is { } why)
            wrong.Add(why);
        return new(name, 0, 1, wrong);
    }

    // What one thread finds of a head, and what 16 do at once.
    private Outcome Threads(string name)
    {
        const int Count = 16;
        var weights = TransformerCheckpoint.Load(Model).Weights;
        string alone = Figures(TransformerCheckpoint.Load(Model).Weights);
        string[] together = new string[Count];
        var threads = Enumerable.Range(0, Count).Select(i => new Thread(() => together[i] = Figures(weights))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return new(name, 0, 1, [.. together.Where(figures => figures != alone).Select(_ => "a thread found other figures")]);

        static string Figures(TransformerWeights weights)
        {
            var pair = TokenCircuit.OfHeads(weights, [new(1, 0), new(1, 1)]);
            var tokens = FitExamples.Copying(weights.Config.Vocabulary);
            var fit = LowRankFitter.Fit(weights.W_E, weights.W_U, tokens, new() { Rank = 4, MaxSteps = 3 });
            var values = pair.H.Values.ToArray().Concat(fit.Residual.A.Values.ToArray()).Concat(fit.Residual.B.Values.ToArray());
            return string.Join(' ', values.Select(value => BitConverter.SingleToInt32Bits(value)));
        }
    }

    // To the end: exit code 0, no error, the results of an uninterrupted run, what was finished as it was, and nothing half-written left.
    private static void Finish(Subject subject, string folder, List<string> wrong, bool kept = false)
    {
        var finished = Snapshot(subject, folder);
        using (var last = subject.Start(folder, again: Directory.Exists(folder)).Wait())
            if (last.NotOneSentence(0) is { } why)
                wrong.Add($"the run that goes on: {why}");
        wrong.AddRange(Lost(finished, Snapshot(subject, folder)));
        if (subject.Digest(folder) != subject.Whole)
            wrong.Add("the results are not those of an uninterrupted run");
        if (!kept)
            Directory.Delete(folder, recursive: true);
    }

    // What is there under its name, and half-written.
    private static IEnumerable<string> NotWhole(Subject subject, string folder)
    {
        foreach (string file in Subjects.HalfWritten(folder))
            yield return $"{Path.GetFileName(file)} is half-written";
        if (subject.Digest(folder) is { } digest && digest != subject.Whole)
            yield return "the results are there, and are not those of an uninterrupted run";
    }

    private static Dictionary<string, DateTime> Snapshot(Subject subject, string folder) =>
        subject.Finished(folder).ToDictionary(file => file, File.GetLastWriteTimeUtc);

    private static IEnumerable<string> Lost(Dictionary<string, DateTime> before, Dictionary<string, DateTime> after) =>
        before.Where(file => !after.TryGetValue(file.Key, out var time) || time != file.Value)
            .Select(file => $"{Path.GetFileName(file.Key)} was finished, and was made again");

    private string NewFolder() => Path.Combine(_folder, $"run-{++_folders}");
}
