using System.CommandLine;
using System.Text.Json;
using OVPipeline.Core;
using OVPipeline.Reporting;

namespace OVPipeline.Samples.TestTheClaim;

/// <summary>The command that draws a report's pictures again from its results.</summary>
internal static class PicturesCommand
{
    /// <summary>The command, its arguments and what it does.</summary>
    public static SampleCommand Create()
    {
        var results = new Argument<FileInfo>("results") { Description = "The results.json of a report." };
        var charts = CommandOption.Of<string?>("--charts", "Charts to draw, by name. Default: all.", "NAME,...");
        var output = CommandOption.Out("Where the pictures go.", Path.Combine("out", "pictures"));
        var command = new SampleCommand("pictures", "Draws the charts of a report again from its results.json, without any run.")
        {
            Examples = [new("out/claim/results.json --charts frontier-top1,frontier-loss", "Two of the charts, into out/pictures.")],
        };
        command.Arguments.Add(results);
        command.AddGroup("Charts", charts);
        Findings.AddTo(command, output);
        command.SetAction(parsed =>
        {
            string folder = parsed.GetRequiredValue(output).FullName;
            string file = parsed.GetRequiredValue(results).FullName;
            foreach (var chart in Chosen(Read(file), parsed.GetValue(charts)))
            {
                byte[] png = Draw(chart, file);
                AtomicFile.Write(Path.Combine(folder, chart.Id + ".png"), temporary => File.WriteAllBytes(temporary, png));
            }
            return new Findings("pictures").File("pictures", folder).Print(parsed);
        });
        return command;
    }

    private static IReadOnlyList<ReportChart> Read(string path)
    {
        string json = RegularFile.ReadAllText(path);
        try
        {
            var charts = ReportDocument.ChartsIn(json);
            return charts.Count > 0 ? charts : throw new FileException(path, "has no charts: it is of an older report, or of none.");
        }
        catch (JsonException e)
        {
            throw NoReport(path, e);
        }
    }

    private static byte[] Draw(ReportChart chart, string path)
    {
        try
        {
            return chart.Draw().Png;
        }
        catch (ArgumentException e)
        {
            throw NoReport(path, e);
        }
    }

    private static FileException NoReport(string path, Exception e) => new(path, $"is no results.json of a report: {e.Message}", e);

    private static IEnumerable<ReportChart> Chosen(IReadOnlyList<ReportChart> charts, string? names)
    {
        string[] known = [.. charts.Select(chart => chart.Id)];
        string[] wanted = names?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? known;
        foreach (string name in wanted)
            if (!known.Contains(name, StringComparer.Ordinal))
                throw new ArgumentException($"There is no chart '{name}', of {string.Join(", ", known)}.");
        return charts.Where(chart => wanted.Contains(chart.Id, StringComparer.Ordinal));
    }
}
