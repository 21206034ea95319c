using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Chaos;

/// <summary>A process that has a model's file open, and reads it when it is told to.</summary>
internal static class HeldModel
{
    public const string Command = "hold";

    public static int Run(string folder, string opened)
    {
        try
        {
            var weights = TransformerCheckpoint.Load(folder).Weights;
            File.WriteAllText(opened, "");
            Console.ReadLine();
            Console.WriteLine(weights.W_E.Values.Length + weights.OVCircuit(new HeadIndex(0, 0)).A.Values.Length);
            return 0;
        }
        catch (CheckpointException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }
    }
}
