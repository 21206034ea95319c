using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Checkpoints.Tests;

/// <summary>Files of many gigabytes that are holes but for a few bytes; alone, because memory and time are measured.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class LargeCheckpointTests : IDisposable
{
    private const int Layers = 32, Heads = 32, DModel = 4096, DHead = 128, Hidden = 11008, Vocabulary = 32000;
    private const long MegaByte = 1 << 20;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_SevenBillionParameters_OpensInASecondAndExtractsAHeadUnder200Megabytes()
    {
        WriteSharded();
        TransformerCheckpoint.Load(Repository.PathOf("data", "attn-only-2l-quarter")); // compiles what is timed
        using var memory = new PeakMemory();
        var clock = Stopwatch.StartNew();
        var model = TransformerCheckpoint.Load(_folder.Path);
        var opened = clock.Elapsed;
        var circuit = TokenCircuit.OfHeads(model.Weights, new HeadIndex(31, 5));
        var extracted = clock.Elapsed;
        long peak = memory.Stop();
        TestContext.Current.TestOutputHelper!.WriteLine($"opened in {opened.TotalSeconds:0.000} s, extracted after "
            + $"{extracted.TotalSeconds:0.0} s, peak {peak / MegaByte} MB above the start");
        Assert.True(opened < TimeSpan.FromSeconds(1), $"opening took {opened}.");
        Assert.True(peak < 200 * MegaByte, $"the peak was {peak / MegaByte} MB above the start.");
        Assert.Equal((Vocabulary, DHead), (circuit.Vocabulary, circuit.Rank));
        Assert.Equal(2f * 3, circuit.H[17, 4]);
        Assert.Equal(5f * 7, circuit.G[9, 31_999]);
    }

    [Fact]
    public void Open_PyTorchTensorBeyondFourGigabytes_IsReadInPlace()
    {
        string path = _folder.PathOf("large.pth");
        const long Elements = 3L << 30; // 6 GiB of halves
        SparseArchive.Write(path, Elements, last: (Half)2.5f);
        var tensors = CheckpointTensors.Open(path);
        var info = Assert.Single(tensors.Tensors);
        Assert.Equal([3L << 20, 1024L], info.Shape);
        var view = tensors.Find("a")!.View().Slice(0, (3L << 20) - 1, 1);
        Assert.Equal(2.5f, view.ToMatrix()[0, 1023]);
        Assert.Contains("do not fit", Assert.Throws<CheckpointException>(() => tensors.Read("a")).Message, StringComparison.Ordinal);
    }

    /// <summary>A Llama of 7 billion parameters in F16, two shards, with four values set.</summary>
    private void WriteSharded()
    {
        List<(string Name, long[] Shape)> tensors =
        [
            ("model.embed_tokens.weight", [Vocabulary, DModel]), ("lm_head.weight", [Vocabulary, DModel]), ("model.norm.weight", [DModel]),
        ];
        for (int layer = 0; layer < Layers; layer++)
        {
            string at = $"model.layers.{layer}";
            foreach (string projection in new[] { "q", "k", "v", "o" })
                tensors.Add(($"{at}.self_attn.{projection}_proj.weight", [DModel, DModel]));
            tensors.Add(($"{at}.mlp.gate_proj.weight", [Hidden, DModel]));
            tensors.Add(($"{at}.mlp.up_proj.weight", [Hidden, DModel]));
            tensors.Add(($"{at}.mlp.down_proj.weight", [DModel, Hidden]));
            tensors.Add(($"{at}.input_layernorm.weight", [DModel]));
            tensors.Add(($"{at}.post_attention_layernorm.weight", [DModel]));
        }
        Assert.InRange(tensors.Sum(t => t.Shape.Aggregate((a, b) => a * b)), 6_700_000_000, 6_800_000_000);
        var map = new StringBuilder();
        foreach (var (shard, number) in tensors.Chunk(tensors.Count / 2 + 1).Select((shard, i) => (shard, i + 1)))
        {
            string file = $"model-{number:00000}-of-00002.safetensors";
            WriteSparse(_folder.PathOf(file), shard);
            foreach (var (name, _) in shard)
                map.Append(CultureInfo.InvariantCulture, $"{(map.Length > 0 ? "," : "")}\"{name}\":\"{file}\"");
        }
        File.WriteAllText(_folder.PathOf("model.safetensors.index.json"), $$$"""{"weight_map":{{{{map}}}}}""");
        File.WriteAllText(_folder.PathOf("config.json"), $$"""
            {"model_type":"llama","num_hidden_layers":{{Layers}},"num_attention_heads":{{Heads}},"hidden_size":{{DModel}},
            "vocab_size":{{Vocabulary}},"tie_word_embeddings":false}
            """);
    }

    private static void WriteSparse(string path, (string Name, long[] Shape)[] tensors)
    {
        var header = new StringBuilder("{");
        long offset = 0;
        Dictionary<string, long> starts = [];
        foreach (var (name, shape) in tensors)
        {
            starts[name] = offset;
            long end = offset + shape.Aggregate(2L, (a, b) => a * b);
            string separator = offset > 0 ? "," : "", sizes = string.Join(',', shape);
            header.Append(CultureInfo.InvariantCulture,
                $$"""{{separator}}"{{name}}":{"dtype":"F16","shape":[{{sizes}}],"data_offsets":[{{offset}},{{end}}]}""");
            offset = end;
        }
        byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        using var file = new FileStream(path, FileMode.CreateNew);
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        file.SetLength(8 + json.Length + offset);
        Set("model.embed_tokens.weight", 17L * DModel + 100, 2); // W_E[17, 100] W_V[100, 4] = 6
        Set("model.layers.31.self_attn.v_proj.weight", (5L * DHead + 4) * DModel + 100, 3);
        Set("model.layers.31.self_attn.o_proj.weight", 200L * DModel + 5 * DHead + 9, 5); // W_O[9, 200] W_U[200, 31999] = 35
        Set("lm_head.weight", 31_999L * DModel + 200, 7);

        void Set(string name, long element, float value)
        {
            if (!starts.TryGetValue(name, out long start))
                return;
            file.Position = 8 + json.Length + start + 2 * element;
            byte[] bytes = new byte[2];
            BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
            file.Write(bytes);
        }
    }
}
