using System.Globalization;
using System.Text.RegularExpressions;
using OVPipeline.Checkpoints;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>The option that asks for bounds, on a model of a few tokens.</summary>
public sealed partial class PublishedModelBoundsTests : IDisposable
{
    private const int V = 60, D = 12, Heads = 2, DHead = 3;
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-bounds-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--heads", "0.1,0.0")]
    [InlineData]
    public void Bounds_OfAModel_PrintsIntervalsAndWhatFollows(params string[] heads)
    {
        WriteModel(copies: true);
        var process = SampleProcess.Run("PublishedModel", ["--bounds", "--fitted-scale", "--model", _folder, .. heads]);
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        var intervals = Interval().Matches(process.Output).Select(match => match.Groups.Values.Skip(1)
            .Select(group => double.Parse(group.Value, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal([3, 6, 3, 6, 3, 6, 3, 6], intervals.Select(interval => (int)interval[1])); // head and pair, as stored and scaled
        Assert.All(intervals, interval => Assert.InRange(interval[3], interval[2], Math.Log(V) + 1e-3));
        Assert.All(intervals.Chunk(2), ranks => Assert.True(ranks[0][0] == ranks[1][0] && ranks[1][2] <= ranks[0][2]));
        string text = string.Join(' ', process.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(4, Sentence().Count(text));
        Assert.Contains("It says nothing of accuracy, of other embeddings, or of why training does what it does.", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Bounds_OfHeadsThatDoTheOpposite_HasNoneAtScaleZero()
    {
        WriteModel(copies: false);
        var process = SampleProcess.Run("PublishedModel", "--bounds", "--fitted-scale", "--model", _folder, "--heads", "0.1");
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        Assert.Equal(2, Interval().Count(process.Output));
        Assert.Contains("0.1 predicts best at scale 0", process.Output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"norm, ([\d.]+): a circuit of rank (\d+) has at least ([\d.]+) nats; a fit has ([\d.]+)\.")]
    private static partial Regex Interval();

    [GeneratedRegex(@"At the norm of [\d.+ ]+ times [\d.]+ (it leaves [\d.]+ to|no circuit of rank 3 has)")]
    private static partial Regex Sentence();

    private void WriteModel(bool copies)
    {
        var random = new Random(3);
        float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

        // W_U = W_E' and W_O = W_V': heads that copy, or where the sign is turned do the opposite.
        static float[] Turned(float[] values, int rows, int columns, float sign) =>
            [.. values.Select((_, i) => (i / (rows * columns) * rows * columns) + (i % rows * columns) + (i / rows % columns))
                .Select(i => sign * values[i])];
        float[] embedding = Noise(V * D), value = Noise(Heads * D * DHead);
        SafetensorsTensor[] tensors =
        [
            new("embed.W_E", [V, D], embedding), new("unembed.W_U", [D, V], Turned(embedding, V, D, 1)),
            new("pos_embed.W_pos", [16, D], Noise(16 * D)), new("blocks.0.attn.W_V", [Heads, D, DHead], value),
            new("blocks.0.attn.W_O", [Heads, DHead, D], Turned(value, D, DHead, copies ? 1 : -1)),
            new("blocks.0.attn.W_Q", [Heads, D, DHead], Noise(value.Length)),
            new("blocks.0.attn.W_K", [Heads, D, DHead], Noise(value.Length)),
        ];
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(_folder, "config.json"), $$"""
            {"n_layers": 1, "n_heads": {{Heads}}, "d_model": {{D}}, "d_head": {{DHead}}, "n_ctx": 16, "d_vocab": {{V}}, "attn_only": true,
             "positional_embedding_type": "shortformer"}
            """);
    }
}
