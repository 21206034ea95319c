using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OVPipeline.Checkpoints;
using OVPipeline.Core;

namespace OVPipeline.Forward.Tests;

/// <summary>
/// A small model in the names of its family, and the logits that PyTorch gives two sequences (Fixtures/forward_common.py says how it is
/// stored). Its weights are made here: element i of a tensor is scale * u + shift, u in [-1, 1) from a hash of the tensor's name and i.
/// </summary>
internal sealed class ForwardCase
{
    private readonly JsonElement _root;

    private ForwardCase(string name, JsonElement root)
    {
        Name = name;
        _root = root;
    }

    /// <summary>The names of all cases.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    /// <summary>What the case is called.</summary>
    public string Name { get; }

    /// <summary>The value of model_type in its configuration; null where it has none.</summary>
    public string? ModelType => _root.GetProperty("config").TryGetProperty("model_type", out var type) ? type.GetString() : null;

    /// <summary>Sequences of tokens.</summary>
    public int[][] Tokens => [.. _root.GetProperty("tokens").EnumerateArray().Select(list => list.Deserialize<int[]>()!)];

    /// <summary>Logits of each sequence, [T V] row by row.</summary>
    public double[][] Logits => [.. _root.GetProperty("logits").EnumerateArray().Select(list => list.Deserialize<double[]>()!)];

    private static string Folder
    {
        get
        {
            for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
                if (File.Exists(Path.Combine(at.FullName, "OVPipeline.sln")))
                    return Path.Combine(at.FullName, "tests", "Common", "Forward", "Fixtures");
            throw new DirectoryNotFoundException("No OVPipeline.sln above the tests.");
        }
    }

    /// <summary>A case by its name.</summary>
    public static ForwardCase Open(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.json")));
        return new(name, document.RootElement.Clone());
    }

    /// <summary>Writes the checkpoint to a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="change">What to change in its configuration; null for nothing.</param>
    /// <param name="keeps">Which tensors to write; null for all.</param>
    /// <param name="size">What a size of a tensor becomes, such as that of the vocabulary; null for what it is.</param>
    /// <param name="scale">What a tensor is multiplied by, by its name; null for nothing.</param>
    public void Write(
        string folder, Action<JsonObject>? change = null, Func<string, bool>? keeps = null, Func<long, long>? size = null,
        Func<string, float>? scale = null)
    {
        var config = JsonNode.Parse(_root.GetProperty("config").GetRawText())!.AsObject();
        change?.Invoke(config);
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var tensors = _root.GetProperty("tensors").EnumerateArray().Where(tensor => keeps?.Invoke(tensor[0].GetString()!) ?? true);
        SafetensorsWriter.Write(
            Path.Combine(folder, "model.safetensors"), [.. tensors.Select(tensor => Tensor(tensor, size, scale))]);
    }

    /// <summary>The weights as loaded from a folder, written there.</summary>
    public TransformerWeights Load(string folder, CheckpointOptions? options = null)
    {
        Write(folder);
        return TransformerCheckpoint.LoadWeights(folder, options);
    }

    /// <summary>The largest difference between logits and those expected, relative to the largest of these.</summary>
    public double Difference(double[][] logits)
    {
        double[] expected = [.. Logits.SelectMany(values => values)], found = [.. logits.SelectMany(values => values)];
        return expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / expected.Max(Math.Abs);
    }

    private static SafetensorsTensor Tensor(JsonElement tensor, Func<long, long>? size, Func<string, float>? scale)
    {
        string name = tensor[0].GetString()!;
        long[] shape = [.. tensor[1].Deserialize<long[]>()!.Select(size ?? (one => one))];
        float factor = scale?.Invoke(name) ?? 1;
        long count = shape.Aggregate(1L, (a, b) => a * b);
        return new(name, shape, Values(name, count, factor * tensor[2].GetSingle(), factor * tensor[3].GetSingle()));
    }

    private static float[] Values(string name, long count, float scale, float shift)
    {
        uint seed = Encoding.UTF8.GetBytes(name).Aggregate(2166136261u, (hash, value) => unchecked((hash ^ value) * 16777619u));
        float[] values = new float[count];
        for (uint i = 0; i < values.Length; i++)
        {
            uint x = unchecked(seed + (i * 0x9E3779B9u));
            x = unchecked((x ^ (x >> 16)) * 0x85EBCA6Bu);
            x = unchecked((x ^ (x >> 13)) * 0xC2B2AE35u);
            x ^= x >> 16;
            float scaled = (((x >> 8) / (float)(1 << 23)) - 1) * scale;
            values[i] = scaled + shift;
        }
        return values;
    }
}
