using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace OVPipeline.Benchmarks;

/// <summary>The <c>micro</c> command: BenchmarkDotNet over the kernels.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        const string Description = "Measures the kernels with BenchmarkDotNet; its own options follow, such as --filter *Scoring*.";
        var command = new Command("micro", Description) { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(parsed =>
        {
            string[] options = parsed.UnmatchedTokens.Count > 0 ? [.. parsed.UnmatchedTokens] : ["--filter", "*"];
            // In this process: what is measured is compiled as the application is, and nothing is built again.
            var config = ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
            BenchmarkSwitcher.FromAssembly(typeof(MicroCommand).Assembly).Run(options, config);
        });
        return command;
    }
}
