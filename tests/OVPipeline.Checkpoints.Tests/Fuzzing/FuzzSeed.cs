using OVPipeline.Core;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>A sound file to mutate, and the files that belong to it.</summary>
/// <param name="Kind">What is loaded.</param>
/// <param name="Folder">The folder's name.</param>
/// <param name="File">The file's name.</param>
/// <param name="Bytes">What the file holds.</param>
/// <param name="Others">The folder's other files, by name.</param>
internal sealed record FuzzSeed(FuzzKind Kind, string Folder, string File, byte[] Bytes, IReadOnlyDictionary<string, byte[]> Others)
{
    private const int Rows = 5000;

    /// <summary>The size of all files together.</summary>
    public long Size => Bytes.Length + Others.Values.Sum(file => (long)file.Length);

    /// <summary>Loads what the seed is about from a copy of its folder and reads it all.</summary>
    public void Load(string folder)
    {
        switch (Kind)
        {
            case FuzzKind.Model:
                var weights = TransformerCheckpoint.Load(folder).Weights;
                foreach (var kind in Enum.GetValues<WeightKind>().Where(weights.Has))
                    weights.Read(kind, new HeadIndex(weights.Config.Layers - 1, 0));
                break;
            case FuzzKind.Tensors:
                var tensors = CheckpointTensors.Open(Path.Combine(folder, File));
                foreach (var tensor in tensors.Tensors.Where(t => t.Type.IsWeight()))
                    tensors.Read(tensor.Name);
                break;
            default:
                CheckpointTokenizer.Load(folder, Rows);
                break;
        }
    }
}
