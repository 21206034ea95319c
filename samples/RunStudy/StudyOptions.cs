using System.CommandLine;
using OVPipeline.Studies;

namespace OVPipeline.Samples.RunStudy;

/// <summary>What all commands are told: the study's file, and the folder it is done in.</summary>
internal static class StudyOptions
{
    private static readonly Argument<string> s_study = new("study")
    {
        Description = "The study's file: YAML or JSON with its models, revisions, measures and options.",
        HelpName = "STUDY",
    };

    private static readonly Option<DirectoryInfo?> s_out = CommandOption.Of<DirectoryInfo?>(
        "--out", "The folder in which the study is done, the same for all shares. Default: out/studies/NAME, of the study's name.");

    /// <summary>Adds the file, and the folder where it is asked for.</summary>
    public static void AddTo(SampleCommand command, bool folder = true)
    {
        command.Arguments.Add(s_study);
        Findings.AddTo(command, folder ? [s_out] : []);
    }

    /// <summary>The plan of the study that a command line names.</summary>
    public static StudyPlan Plan(ParseResult parsed, CancellationToken cancellationToken, UnitCosts? costs = null) =>
        StudyPlan.Of(Study.Load(parsed.GetRequiredValue(s_study)), costs, cancellationToken: cancellationToken);

    /// <summary>The study's folder.</summary>
    public static StudyFolder Folder(ParseResult parsed, CancellationToken cancellationToken, bool begin = false)
    {
        var plan = Plan(parsed, cancellationToken);
        return StudyFolder.Open(plan, parsed.GetValue(s_out)?.FullName ?? Path.Combine("out", "studies", plan.Study.Name), begin);
    }
}
