using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The same fit in processes that see one processor and three, with narrower vectors, and without fused multiply-add.</summary>
public class FitIdentityTests
{
    private const string Asked = "OVPIPELINE_TEST_PRINT_FIT";

    private static readonly Lazy<LowRankFit[]> s_fits = new(() => [.. Run()]);

    /// <summary>Not a test of its own: what a child process runs when it is asked to.</summary>
    [Fact]
    public void Digest_InAChildProcess_IsPrinted()
    {
        if (Environment.GetEnvironmentVariable(Asked) is { } path)
            File.WriteAllText(path, $"{Environment.ProcessorCount}\n{CpuEngine.InstructionSet}\n{Factors()}\n{LogLosses()}\n{Recorded()}");
    }

    [Theory, InlineData("1"), InlineData("3")]
    public async Task Fit_AnyNumberOfProcessors_GivesTheSameBits(string processors)
    {
        string[] child = await InAChild(("DOTNET_PROCESSOR_COUNT", processors));

        Assert.Equal([processors, CpuEngine.InstructionSet, Factors(), LogLosses(), CpuEngine.InstructionSet], child);
    }

    [Fact]
    public async Task Fit_NarrowerVectors_GivesTheSamePair()
    {
        string[] child = await InAChild(("DOTNET_EnableAVX512", "0"));

        Assert.Equal(Factors(), child[2]);
        if (Vector512.IsHardwareAccelerated)
            Assert.NotEqual(CpuEngine.InstructionSet, child[1]);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX2", "128-bit vectors")]
    [InlineData("DOTNET_EnableHWIntrinsic", "scalar")]
    public async Task Fit_NoFusedMultiplyAdd_DiffersByRoundingAndSaysSo(string instructions, string recorded)
    {
        Assert.SkipUnless(Fma.IsSupported, "Only x86 with AVX2 can switch its fused multiply-add off.");
        string[] one = await InAChild((instructions, "0"), ("DOTNET_PROCESSOR_COUNT", "1"));
        string[] three = await InAChild((instructions, "0"), ("DOTNET_PROCESSOR_COUNT", "3"));

        Assert.Equal(one[1..], three[1..]);
        Assert.Equal(recorded, one[4]);
        Assert.NotEqual(Factors(), one[2]);
        Assert.All(LogLosses().Split(' ').Zip(one[3].Split(' ')), loss => Assert.Equal(Loss(loss.First), Loss(loss.Second), 1e-3));

        static double Loss(string bits) => BitConverter.Int64BitsToDouble(long.Parse(bits, CultureInfo.InvariantCulture));
    }

    private static async Task<string[]> InAChild(params (string Variable, string Value)[] variables)
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
            start.Environment[Asked] = path;
            foreach (var (variable, value) in variables)
                start.Environment[variable] = value;
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

    private static LowRankFit[] Fits() => s_fits.Value;

    private static IEnumerable<LowRankFit> Run()
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

    private static string Recorded() => Assert.Single(Fits().Select(fit => fit.InstructionSet!).Distinct());

    private static string LogLosses() => string.Join(' ', Fits().Select(fit => BitConverter.DoubleToInt64Bits(fit.LogLoss)));
}
