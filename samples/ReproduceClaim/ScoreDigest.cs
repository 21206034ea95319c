using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;

namespace OVPipeline.Samples.ReproduceClaim;

/// <summary>A SHA-256 over every score of a saved copier on its whole vocabulary: equal digests are equal bits.</summary>
internal static class ScoreDigest
{
    private const string Reload = "reload";

    /// <summary>The command that prints the digest of a saved copier: what a new process is started with.</summary>
    public static Command Command()
    {
        var zip = new Argument<string>("zip");
        var reload = new Command(Reload, "Scores the whole vocabulary with a saved copier and prints a digest of the scores.");
        reload.Hidden = true;
        reload.Arguments.Add(zip);
        reload.SetAction(parsed => Console.WriteLine(OfZip(parsed.GetRequiredValue(zip))));
        return reload;
    }

    /// <summary>Loads a copier as any ML.NET program would, with nothing but the zip, and scores its vocabulary.</summary>
    public static string OfZip(string zip)
    {
        var ml = new MLContext();
        var model = ml.Model.Load(zip, out _);
        var copier = ((IEnumerable<ITransformer>)model).OfType<TokenCircuitTransformer>().First();
        return Of(ml, model.Transform(ml.Data.LoadVocabulary(copier.Vocabulary)));
    }

    /// <summary>The digest of scored data.</summary>
    public static string Of(MLContext ml, IDataView scored)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in ml.Data.CreateEnumerable<TokenPrediction>(scored, reuseRowObject: true))
        {
            hash.AppendData(MemoryMarshal.AsBytes<uint>([row.PredictedLabel, BitConverter.SingleToUInt32Bits(row.LabelRank)]));
            hash.AppendData(MemoryMarshal.AsBytes<uint>(row.TopTokens));
            hash.AppendData(MemoryMarshal.AsBytes<float>(row.TopScores));
            hash.AppendData(BitConverter.GetBytes(row.LabelLogLoss));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>The same from a new process.</summary>
    public static string InNewProcess(string zip)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(typeof(ScoreDigest).Assembly.Location);
        start.ArgumentList.Add(Reload);
        start.ArgumentList.Add(zip);
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"A new process could not score with {zip}: exit code {process.ExitCode}.");
    }
}
