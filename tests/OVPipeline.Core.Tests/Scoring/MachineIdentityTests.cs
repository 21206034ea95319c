using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>The same inputs scored in processes of their own, with instructions switched off as the runtime's variables do it.</summary>
public class MachineIdentityTests
{
    private const string Asked = "OVPIPELINE_TEST_PRINT_DIGEST";

    private static readonly SimdWidth[] s_widths =
        [SimdWidth.Scalar, SimdWidth.Bits128Unfused, SimdWidth.Bits128, SimdWidth.Bits256, SimdWidth.Bits512];

    /// <summary>Not a test of its own: what a child process runs when it is asked to.</summary>
    [Fact]
    public void Digest_InAChildProcess_IsPrinted()
    {
        if (Environment.GetEnvironmentVariable(Asked) is { } path)
            File.WriteAllText(path, $"{CpuEngine.Shared.Width} {Digest()}");
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512", "Bits256")]
    [InlineData("DOTNET_EnableAVX512 DOTNET_EnableAVXVNNI", "Bits256")] // bytes in two instructions
    [InlineData("DOTNET_EnableAVX2", "Bits128Unfused")]
    [InlineData("DOTNET_EnableAVX", "Bits128Unfused")] // and no vectors of double either
    [InlineData("DOTNET_EnableHWIntrinsic", "Scalar")]
    public async Task Score_InstructionsSwitchedOff_GivesTheSameBits(string variables, string widest)
    {
        string path = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                start.ArgumentList.Add(typeof(MachineIdentityTests).Assembly.Location);
            foreach (string argument in new[] { "-method", $"*.{nameof(MachineIdentityTests)}.{nameof(Digest_InAChildProcess_IsPrinted)}" })
                start.ArgumentList.Add(argument);
            start.Environment[Asked] = path;
            foreach (string variable in variables.Split(' '))
                start.Environment[variable] = "0";
            using var child = Process.Start(start)!;
            string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(child.ExitCode == 0, output);
            string[] found = (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).Split(' ');
            SimdWidth expected = Enum.Parse<SimdWidth>(widest), here = CpuEngine.Shared.Width;
            Assert.Equal(s_widths.First(width => width == expected || width == here), Enum.Parse<SimdWidth>(found[0]));
            Assert.Equal(Digest(), found[1]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Ranks, top tokens and scores of near-ties, exact ties and ordinary circuits, with 1 and 2 threads; and a matrix product's bits.
    private static string Digest()
    {
        var text = new StringBuilder();
        foreach (string kind in ScoringCases.Kinds)
        {
            var circuit = ScoringCases.Create(kind, 300, 41);
            foreach (int threads in new[] { 1, 2 })
            {
                var scores = new CpuEngine(threads).ScoreVocabulary(circuit, new() { TopK = 9, LabelRank = true });
                text.AppendJoin(',', scores.LabelRanks).AppendJoin(',', scores.TopTokens)
                    .AppendJoin(',', scores.TopScores.Select(BitConverter.SingleToInt32Bits));
            }
            var screened = new CpuEngine(2) { SavedWork = SavedWork.PanelsAndTiles };
            text.AppendJoin(',', screened.ScoreVocabulary(ScoringCases.Create(kind, 900, 32), new() { LabelRank = true }).LabelRanks);
            text.AppendJoin(',', MatrixProduct.Multiply(circuit.H, circuit.G).Values.ToArray().Select(BitConverter.SingleToInt32Bits));
        }
        return Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(text.ToString())));
    }
}
