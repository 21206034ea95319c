using System.Text.Json;

namespace OVPipeline.Samples.Tests;

/// <summary>A plain reader of a folder's model.safetensors, in single or half precision.</summary>
internal sealed class IndependentTensors
{
    private readonly byte[] _file;
    private readonly JsonElement _header;
    private readonly int _data;

    public IndependentTensors(string folder)
    {
        _file = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        int length = (int)BitConverter.ToInt64(_file, 0);
        _header = JsonDocument.Parse(_file.AsMemory(8, length)).RootElement;
        _data = 8 + length;
    }

    public int[] Shape(string name) =>
        [.. _header.GetProperty(name).GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];

    public double[] Read(string name)
    {
        var entry = _header.GetProperty(name);
        int from = _data + entry.GetProperty("data_offsets")[0].GetInt32(), count = Shape(name).Aggregate(1, (x, y) => x * y);
        bool half = entry.GetProperty("dtype").GetString() == "F16";
        return [.. Enumerable.Range(0, count)
            .Select(i => half ? (double)BitConverter.ToHalf(_file, from + 2 * i) : BitConverter.ToSingle(_file, from + 4 * i))];
    }

    /// <summary>The rows of a matrix.</summary>
    public double[][] Rows(string name) => [.. Read(name).Chunk(Shape(name)[1])];
}
