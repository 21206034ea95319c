using System.Globalization;
using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;
using Spectre.Console;

namespace OVPipeline.Peers;

/// <summary>Prints the comparison with every peer.</summary>
internal static class PeersCommand
{
    /// <summary>Runs it; 1 where anything is beyond its tolerance.</summary>
    /// <param name="stories">A folder with a Llama; one that is not there is left out.</param>
    public static int Run(string stories)
    {
        var folder = Directory.CreateTempSubdirectory("ovpipeline-peers-");
        try
        {
            string minilm = Path.Combine(folder.FullName, "minilm");
            List<PeerResult> results = [OnnxComparison.OfMiniLM(minilm), OnnxComparison.OfPaddedMiniLM(minilm)];
            if (LlamaRuntime.Missing is { } reason)
                AnsiConsole.WriteLine(reason);
            else
                results.AddRange(OfLlama(stories, folder.FullName));
            AnsiConsole.Write(TableOf(results));
            int apart = results.Count(result => !result.Agrees);
            AnsiConsole.WriteLine(apart == 0
                ? $"All {results.Count} agree."
                : $"{apart} of {results.Count} do not agree.");
            return apart == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<PeerResult> OfLlama(string stories, string folder)
    {
        if (Directory.Exists(stories))
            yield return LlamaComparison.OfStories(stories, folder);
        else
            AnsiConsole.WriteLine($"{stories} is not there: stories260K is left out.");
        foreach (var family in PeerFamilies.All)
            yield return Result(family, folder);
    }

    private static PeerResult Result(PeerFamily family, string folder)
    {
        try
        {
            return LlamaComparison.Of(family, folder);
        }
        catch (Exception e) when (e is CheckpointException or InvalidOperationException)
        {
            AnsiConsole.WriteLine($"{family.Name}: {e.Message}");
            return new(family.Name, LlamaComparison.Peer, double.NaN, double.PositiveInfinity, 0);
        }
    }

    private static Table TableOf(IEnumerable<PeerResult> results)
    {
        var table = new Table().Border(TableBorder.Markdown).AddColumns("model", "peer", "largest", "difference", "tolerance",
            "to double precision", "agrees");
        foreach (var result in results)
        {
            table.AddRow(result.Name, result.Peer, Number("0.0", result.Largest), Short(result.Difference), Short(result.Tolerance),
                result.ToDouble is { } plain ? Short(plain) : "", result.Agrees ? "yes" : "no");
        }
        return table;
    }

    private static string Short(double value) => Number("0e-0", value);

    private static string Number(string format, double value) => value.ToString(format, CultureInfo.InvariantCulture);
}
