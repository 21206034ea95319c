using System.Text.Json;
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

    /// <summary>What it is counted under: what is loaded, and what the file is.</summary>
    public string Group { get; } = GroupOf(Kind, File, Bytes);

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
                foreach (var tensor in tensors.Tensors.Where(t => t.Type.IsWeight() && tensors.Unreadable(t.Name) is null))
                    tensors.Read(tensor.Name);
                break;
            case FuzzKind.Json:
                Walk(JsonFile.Read(Path.Combine(folder, File), "JSON", 1 << 20));
                break;
            default:
                CheckpointTokenizer.Load(folder, Rows);
                break;
        }
    }

    private static string GroupOf(FuzzKind kind, string file, byte[] bytes)
    {
        var what = FirstLook.At(bytes.AsSpan(0, Math.Min(bytes.Length, FirstLook.HeadLength)), bytes.Length).Kind;
        return $"{kind}, {(what == FileKind.Unknown ? Path.GetExtension(file) : what.ToString())}";
    }

    private static void Walk(JsonField field)
    {
        switch (field.Value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var (_, value) in field.Members())
                    Walk(value);
                break;
            case JsonValueKind.Array:
                foreach (var item in field.Items())
                    Walk(item);
                break;
            case JsonValueKind.String:
                field.Text();
                break;
            case JsonValueKind.Number:
                JsonFile.TextOf(field.Value);
                break;
        }
    }
}
