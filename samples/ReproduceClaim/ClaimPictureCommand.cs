using System.CommandLine;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>The command that puts the results of several models into one picture.</summary>
internal static class ClaimPictureCommand
{
    /// <summary>The command, its arguments and what it does.</summary>
    public static SampleCommand Create()
    {
        var results = new Argument<FileInfo[]>("results")
        {
            Description = "Files results.json of runs of this program, one a model.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = CommandOption.Of("--out", "The picture.", new FileInfo(Path.Combine("out", "claim.png")));
        var command = new SampleCommand("picture", "Draws the claim from the results of one or more models: four bars each, side by side.")
        {
            Examples = [new("out/results.json out/all-MiniLM-L6-v2/results.json", "Two models, into out/claim.png.")],
        };
        command.Arguments.Add(results);
        Findings.AddTo(command, output);
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(output).FullName;
            ClaimPicture.Save(path, [.. parsed.GetRequiredValue(results).Select(file => ClaimFigures.Read(file.FullName))]);
            return new Findings("claim").File("picture", path).Print(parsed);
        });
        return command;
    }
}
