using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The same fit in processes that see one processor and three.</summary>
public class FitIdentityTests
{
    private const string Asked = "OVPIPELINE_TEST_PRINT_FIT";

    /// <summary>Not a test of its own: what a child process runs when it is asked to.</summary>
    [Fact]
    public void Digest_InAChildProcess_IsPrinted()
    {
        if (Environment.GetEnvironmentVariable(Asked) is { } path)
            File.WriteAllText(path, $"{Environment.ProcessorCount} {Digest()}");
    }

    [Theory, InlineData("1"), InlineData("3")]
    public async Task Fit_AnyNumberOfProcessors_GivesTheSameBits(string processors)
    {
        var token = TestContext.Current.CancellationToken;
        string path = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(FitIdentityTests).Assembly.Location);
            start.ArgumentList.Add("-method");
            start.ArgumentList.Add($"*.{nameof(FitIdentityTests)}.{nameof(Digest_InAChildProcess_IsPrinted)}");
            (start.Environment[Asked], start.Environment["DOTNET_PROCESSOR_COUNT"]) = (path, processors);
            using var child = Process.Start(start)!;
            string output = await child.StandardOutput.ReadToEndAsync(token);
            await child.WaitForExitAsync(token);
            Assert.True(child.ExitCode == 0, output);
            Assert.Equal($"{processors} {Digest()}", await File.ReadAllTextAsync(path, token));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Digest()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(700, 24);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var objective in Enum.GetValues<FitObjective>())
        {
            var fit = LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(700),
                new() { Rank = 6, Objective = objective, BatchSize = 200, MaxSteps = 12 });
            hash.AppendData(MemoryMarshal.AsBytes(fit.Residual.A.Values));
            hash.AppendData(MemoryMarshal.AsBytes(fit.Residual.B.Values));
            hash.AppendData(BitConverter.GetBytes(fit.LogLoss));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
