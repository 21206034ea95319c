using System.CommandLine;
using OVPipeline.Checkpoints;

namespace OVPipeline.Samples.InspectCheckpoint;

/// <summary>What a file holds where it is no model that can be loaded.</summary>
internal static class HeldTensors
{
    /// <summary>The tensors of the file that a command line names; null where it is no file of tensors at all.</summary>
    public static async Task<CheckpointTensors?> Open(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            var open = ModelOptions.TensorsLoader(parsed);
            return await RunProgress.Show(bars => open(bars, cancellationToken), cancellationToken);
        }
        catch (CheckpointException)
        {
            return null; // what was said first is what is wrong
        }
    }
}
