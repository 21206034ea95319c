using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The same fit in processes that see one processor and three, with narrower vectors and with none.</summary>
public class FitIdentityTests
{
    private const string Asked = "OVPIPELINE_TEST_PRINT_FIT";

    /// <summary>Not a test of its own: what a child process runs when it is asked to.</summary>
    [Fact]
    public void Digest_InAChildProcess_IsPrinted()
    {
        if (Environment.GetEnvironmentVariable(Asked) is { } path)
            File.WriteAllText(path, $"{Environment.ProcessorCount}\n{CpuEngine.InstructionSet}\n{Factors()}\n{LogLosses()}");
    }

    [Theory, InlineData("1"), InlineData("3")]
    public async Task Fit_AnyNumberOfProcessors_GivesTheSameBits(string processors)
    {
        string[] child = await InAChild("DOTNET_PROCESSOR_COUNT", processors);

        Assert.Equal([processors, CpuEngine.InstructionSet, Factors(), LogLosses()], child);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Fit_AnyInstructions_GivesTheSamePair(string instructions)
    {
        string[] child = await InAChild(instructions, "0");

        Assert.Equal(Factors(), child[2]);
        if (Vector512.IsHardwareAccelerated)
            Assert.NotEqual(CpuEngine.InstructionSet, child[1]);
    }

    private static async Task<string[]> InAChild(string variable, string value)
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
            (start.Environment[Asked], start.Environment[variable]) = (path, value);
            using var child = Process.Start(start)!;
            string output = await child.StandardOutput.ReadToEndAsync(token);
            await child.WaitForExitAsync(token);
            Assert.True(child.ExitCode == 0, output);
            return await File.ReadAllLinesAsync(path, token);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<LowRankFit> Fits()
    {
        var (embedding, unembedding) = FitFixtures.Embeddings(700, 24);
        LowRankFitOptions[] bounded =
            [new() { Rank = 6, MaxNorm = 10, MaxSteps = 5 }, new() { Rank = 6, WeightDecay = 1e-3, MaxSteps = 5 }];
        LowRankFitOptions[] free = [.. Enum.GetValues<FitObjective>()
            .Select(objective => new LowRankFitOptions { Rank = 6, Objective = objective, BatchSize = 200, MaxSteps = 12 })];
        return free.Concat(bounded).Select(options => LowRankFitter.Fit(embedding, unembedding, FitExamples.Copying(700), options));
    }

    private static string Factors()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var fit in Fits())
        {
            hash.AppendData(MemoryMarshal.AsBytes(fit.Residual.A.Values));
            hash.AppendData(MemoryMarshal.AsBytes(fit.Residual.B.Values));
            hash.AppendData(MemoryMarshal.AsBytes<double>(fit.StepLosses.ToArray()));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static string LogLosses() => string.Join(' ', Fits().Select(fit => BitConverter.DoubleToInt64Bits(fit.LogLoss)));
}
