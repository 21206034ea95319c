using System.CommandLine;
using System.Runtime.CompilerServices;
using OVPipeline.Core;
using OVPipeline.Torch;

namespace OVPipeline.Samples;

/// <summary>The option that says where scores and losses are computed.</summary>
internal static class DeviceOption
{
    private const string Processor = "cpu", TorchPrefix = "torch-";

    private static readonly Option<string> Device = new("--device")
    {
        Description = "Where to score and fit: cpu, torch-cpu, cuda or cuda:1. "
            + "All but cpu need a build with -p:TorchBackend=cpu, cuda-linux or cuda-windows.",
        HelpName = "DEVICE",
        DefaultValueFactory = _ => Processor,
    };

    /// <summary>Adds it to a command.</summary>
    public static void AddTo(SampleCommand command) => command.AddGroup("Where it runs", Device);

    /// <summary>The engine that a command line asks for. A Torch engine is the caller's to dispose of.</summary>
    /// <exception cref="ArgumentException">There is no such kind of device.</exception>
    /// <exception cref="TorchUnavailableException">libtorch or the device is not there.</exception>
    public static IScoringEngine Engine(ParseResult parsed)
    {
        string device = parsed.GetRequiredValue(Device);
        if (device == Processor)
            return CpuEngine.Shared;
        return device == TorchPrefix + Processor || device.StartsWith("cuda", StringComparison.Ordinal)
            ? OnTorch(device.StartsWith(TorchPrefix, StringComparison.Ordinal) ? device[TorchPrefix.Length..] : device)
            : throw new ArgumentException($"--device must be cpu, torch-cpu, cuda or cuda:N, was '{device}'.");
    }

    // Apart, so that the default loads nothing of Torch.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TorchEngine OnTorch(string device) => new(device);
}
