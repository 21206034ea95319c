using OVPipeline.Reporting;
using Spectre.Console;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>What was found, on a console.</summary>
internal static class ClaimConsole
{
    /// <summary>Writes it.</summary>
    /// <param name="results">The figures.</param>
    /// <param name="run">The run they are from.</param>
    /// <param name="all">Every circuit with every figure, not only what the claim compares.</param>
    public static void Write(CopyingResults results, ClaimRun run, bool all)
    {
        var model = results.Model;
        string sizes = $"{model.Layers} layers of {model.Heads} heads, d_model {model.DModel}, d_head {model.DHead}";
        AnsiConsole.MarkupLineInterpolated($"[bold]{model.Name}[/]: {sizes}, V {model.Vocabulary:N0}; weights {run.Processing}");
        if (all)
            WriteAll(results);
        else
            AnsiConsole.Write(ClaimTable.Of(ClaimFigures.Of(model.Name, model.Vocabulary, results.Rows)));
        AnsiConsole.WriteLine("All tokens of the vocabulary, exactly: a census, so no intervals. A chance copier ranks itself first "
            + $"once in {model.Vocabulary:N0}{(all ? $" and has log-loss {Math.Log(model.Vocabulary):0.000} nats" : "")}.");
        foreach (string sentence in run.CopyingWords().Concat(run.HeldOutSentences()))
            AnsiConsole.WriteLine(sentence);
        if (run.NoTokenizer is { } reason)
            AnsiConsole.WriteLine($"No tokenizer: {reason}");
        var seconds = results.Seconds;
        AnsiConsole.WriteLine($"{seconds.Total:0.0} s: "
            + $"load {seconds.Load:0.0}, extract {seconds.Extract:0.0}, fit {seconds.Fit:0.0}, score {seconds.Score:0.0}.");
        string reloaded = results.Zip.ReloadedEqual ? "the same, bit for bit." : "DIFFERENTLY.";
        AnsiConsole.WriteLine(
            $"Saved {results.Zip.Path} ({results.Zip.Bytes / 1024:N0} KiB); a new process that loaded it scored {reloaded}");
        string more = all ? "" : " Every circuit with every figure: --all, or results.json.";
        AnsiConsole.WriteLine($"Results and pictures in {run.Out}.{more}");
    }

    private static void WriteAll(CopyingResults results)
    {
        AnsiConsole.Write(CopyingTable.Of(results.Rows.Where(row => !row.HeldOut), results.OffScale is null));
        if (results.OffScale is { } remark)
            AnsiConsole.WriteLine(remark);
    }
}
