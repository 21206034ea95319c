using OVPipeline.Samples;

namespace OVPipeline.Benchmarks;

/// <summary>Whole jobs as whole processes: ours, an earlier build's where there is one, and a researcher's with libtorch.</summary>
/// <param name="options">Sizes.</param>
/// <param name="before">The programs of an earlier build, or null.</param>
/// <param name="folder">Where jobs write.</param>
/// <param name="cancellationToken">Ends the process that runs.</param>
internal sealed class JobComparison(CompareOptions options, Programs? before, string folder, CancellationToken cancellationToken)
{
    public const string MiniLM = "minilm", Course = "course", Pairs = Work.Pairs, Temperature = Work.Temperature;
    public const string Claim = "claim", Atlas = "atlas", Widths = "widths";

    /// <summary>Heads that the atlas of MiniLM is of.</summary>
    public const int AtlasHeads = 72;

    // Kernels are compared at a vocabulary that the slowest of them bears.
    private const int KernelVocabulary = 4096;

    private static readonly Dictionary<string, string> s_noAvx512 = new() { ["DOTNET_EnableAVX512"] = "0" };
    private static readonly Dictionary<string, string> s_norVnni = new(s_noAvx512) { ["DOTNET_EnableAVXVNNI"] = "0" };
    private static readonly Dictionary<string, string> s_noAvx = new() { ["DOTNET_EnableAVX"] = "0" };

    /// <summary>All jobs, the short ones first.</summary>
    public static string[] Names { get; } = [Pairs, Temperature, Widths, Atlas, MiniLM, Course, Claim];

    /// <summary>What kernels took by instruction set.</summary>
    public static string[] Sets { get; } = ["all instructions", "no AVX-512", "nor AVX-VNNI", "no AVX"];

    /// <summary>Runs a job.</summary>
    public IEnumerable<JobLine> Run(string name) => name switch
    {
        Pairs => Parts(name, ["--vocabulary", $"{options.Vocabulary}", "--d-model", $"{options.Width}"], JobLine.Ours, null),
        Temperature => Parts(name, ["--vocabulary", $"{options.Vocabulary}", "--d-model", $"{options.Width}"], JobLine.Ours, null),
        Widths => Sets.Zip([null, s_noAvx512, s_norVnni, s_noAvx], OfSet).SelectMany(lines => lines),
        Atlas => Sample(name, "HeadAtlas", [Model(), "--no-qk", "--out", Out(name)]),
        MiniLM => Sample(name, "PublishedModel", ["--all", "--out", Out(name)]).Concat(Libtorch(name, Model())),
        Course => OfCourse(),
        _ => Sample(name, "TestTheClaim", ["--out", Out(name)]),
    };

    private IEnumerable<JobLine> OfCourse()
    {
        string model = Path.Combine(folder, "course-shape");
        CourseModel.Save(model, options.Vocabulary, options.Width);
        return Sample(Course, "ReproduceClaim", [model, "--all", "--out", Out(Course)])
            .Concat(Libtorch(Course, model));
    }

    private IEnumerable<JobLine> OfSet(string set, IReadOnlyDictionary<string, string>? environment) =>
        Parts(Work.Kernels, ["--vocabulary", $"{KernelVocabulary}", "--d-model", "256"], set, environment);

    private IEnumerable<JobLine> Parts(
        string work, string[] arguments, string contestant, IReadOnlyDictionary<string, string>? environment)
    {
        var run = ProgramRun.Of(Programs.Own, [Work.Name, work, .. arguments], folder, environment, cancellationToken);
        return Work.Figures(run.Output).Select(part => new JobLine(work, contestant, part.Seconds, part.ProcessorSeconds, Note: part.Name));
    }

    private IEnumerable<JobLine> Sample(string job, string name, string[] arguments)
    {
        foreach (var (contestant, programs) in new[] { (JobLine.Before, before), (JobLine.Ours, Programs.Here) })
            if (programs is not null)
            {
                var run = ProgramRun.Of(programs.Sample(name), arguments, folder, null, cancellationToken);
                yield return new(job, contestant, run.Seconds, run.ProcessorSeconds, run.PeakMegabytes);
            }
    }

    private IEnumerable<JobLine> Libtorch(string job, string model)
    {
        if (!options.HasTorch)
            yield break;
        string rows = FormattableString.Invariant($"{options.SlowRows}");
        string[] arguments = [Work.Name, Work.Torch, "--model", model, "--rows", rows, "--fit-steps", $"{options.Steps}"];
        var run = ProgramRun.Of(Programs.Own, arguments, folder, null, cancellationToken);
        double more = Work.Figures(run.Output).Single(part => part.Name == Work.InProportion).Seconds * ((1 / options.SlowRows) - 1);
        string note = $"{options.SlowRows:0 %} of its rows and steps took {run.Seconds:0} s: in proportion for all";
        yield return new(job, JobLine.Libtorch, run.Seconds + more, null, run.PeakMegabytes, note);
    }

    private string Out(string job) => Path.Combine(folder, job);

    private string Model()
    {
        string model = Path.Combine(folder, MiniLMPackage.Name);
        MiniLMPackage.Unpack(model);
        return model;
    }
}
