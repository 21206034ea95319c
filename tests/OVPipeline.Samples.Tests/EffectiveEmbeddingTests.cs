using System.Globalization;
using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>
/// <c>--embedding effective</c> end to end, of a Llama that others trained and of a model of GPT-2's shape, against plain loops in double
/// precision over the files' own tensors: none of the project's code takes part in what is expected.
/// </summary>
public sealed class EffectiveEmbeddingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-effective-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void HeadAtlas_TrainedLlama_FiguresAreOfTheFirstLayerOfLoneTokens()
    {
        string model = SharedFiles.PathOf("models", "real", "stories260K");
        string output = Atlas(model);
        var llama = new PlainLlama(new(model));
        AssertHeads(llama, [.. Enumerable.Range(0, 5).Select(layer => (layer, layer + 2)), (4, 7)]);
        Assert.Contains("heads of layer 0 do not read it", output.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void HeadAtlas_ModelOfGpt2sShape_FiguresAreOfTheFirstLayerWithGainsFolded()
    {
        string model = WriteGpt2();
        Atlas(model, "--fold-layer-norm");
        AssertHeads(new PlainGpt2(new(model), PlainGpt2.Heads), [(0, 1), (1, 0), (1, 3), (2, 2)]);
    }

    [Fact]
    public void ReproduceClaim_TrainedLlama_DirectPathReadsTheEmbeddingToo()
    {
        string model = SharedFiles.PathOf("models", "real", "stories260K");
        Run("ReproduceClaim", model, "--out", _folder);
        var llama = new PlainLlama(new(model));
        var rows = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "results.json"))).RootElement.GetProperty("rows");
        double direct = rows.EnumerateArray().First(row => row.GetProperty("kind").GetString() == "direct").GetProperty("top1").GetDouble();
        int[] ranks = llama.Ranks(row => row);
        Assert.Equal(ranks.Count(rank => rank == 1) / (double)ranks.Length, direct, 1.5 / ranks.Length);
        Assert.InRange(direct, 0.3, 0.6); // of the raw embedding it is 1: so this is read
    }

    [Fact]
    public void TestTheClaim_TrainedLlama_SaysWhatItReads()
    {
        string model = SharedFiles.PathOf("models", "real", "stories260K");
        Run("TestTheClaim", model, "--quick", "--only", "reproduction", "--out", _folder);
        string report = File.ReadAllText(Path.Combine(_folder, "report.html"));
        Assert.Contains("the effective embedding after the first layer", report, StringComparison.Ordinal);
    }

    private string Atlas(string model, params string[] more) =>
        Run("HeadAtlas", model, ["--out", _folder, "--no-qk", "--no-composition", .. more]);

    private static string Run(string sample, string model, params string[] more)
    {
        Assert.SkipUnless(DeviceTests.HasLibtorch(AppContext.BaseDirectory), "Built without libtorch.");
        var run = SampleProcess.Run(sample, ["--model", model, "--embedding", "effective", .. more]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output;
    }

    private void AssertHeads(PlainModel model, (int Layer, int Head)[] heads)
    {
        string[] lines = File.ReadAllLines(Path.Combine(_folder, "heads.csv")), columns = lines[0].Split(',');
        foreach (var (layer, head) in heads)
        {
            string[] fields = lines.First(line => line.StartsWith($"L{layer}H{head},", StringComparison.Ordinal)).Split(',');
            int[] ranks = model.Ranks(row => model.Write(layer, head, row));
            double[] sorted = [.. ranks.Select(rank => (double)rank).Order()];
            double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
            Assert.Equal(median, Figure("own_rank_by_row"), 1.0);
            foreach (int k in new[] { 1, 5 })
                Assert.Equal(ranks.Count(rank => rank <= k) / (double)ranks.Length, Figure($"top{k}"), 1.5 / ranks.Length);

            double Figure(string column) => double.Parse(fields[Array.IndexOf(columns, column)], CultureInfo.InvariantCulture);
        }
    }

    // As transformers stores it: Conv1D weights [in, out], a tied unembedding. Head 1.0 copies: its W_O is its W_V transposed.
    private string WriteGpt2()
    {
        const int V = 120, D = 24, Layers = 3;
        var random = new Random(7);
        List<SafetensorsTensor> tensors = [];
        Add("wte.weight", 1, V, D);
        Add("wpe.weight", 1, 16, D);
        for (int layer = 0; layer < Layers; layer++)
        {
            foreach (string norm in new[] { "ln_1", "ln_2" })
                AddNorm($"h.{layer}.{norm}");
            AddLinear($"h.{layer}.attn.c_attn", D, 3 * D);
            AddLinear($"h.{layer}.attn.c_proj", D, D);
            AddLinear($"h.{layer}.mlp.c_fc", D, 4 * D);
            AddLinear($"h.{layer}.mlp.c_proj", 4 * D, D);
        }
        AddNorm("ln_f");
        float[] values = Of("h.1.attn.c_attn.weight"), outputs = Of("h.1.attn.c_proj.weight");
        for (int i = 0; i < D; i++)
            for (int k = 0; k < D / PlainGpt2.Heads; k++)
                outputs[(k * D) + i] = values[(i * 3 * D) + (2 * D) + k];
        string folder = Directory.CreateDirectory(Path.Combine(_folder, "gpt2-like")).FullName;
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""
            {"model_type":"gpt2","n_layer":{{Layers}},"n_head":{{PlainGpt2.Heads}},"n_embd":{{D}},"n_positions":16,"vocab_size":{{V}},
            "layer_norm_epsilon":1e-5,"activation_function":"gelu_new"}
            """);
        return folder;

        void AddNorm(string name)
        {
            Add($"{name}.weight", 0.3, 1, D);
            Add($"{name}.bias", 0.3, 1, D);
        }

        void AddLinear(string name, int rows, int columns)
        {
            Add($"{name}.weight", 0.4, rows, columns);
            Add($"{name}.bias", 0.2, 1, columns);
        }

        void Add(string name, double scale, int rows, int columns)
        {
            float shift = name.Contains("ln_", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            float[] drawn = [.. Enumerable.Range(0, rows * columns).Select(_ => (float)(((random.NextDouble() * 2) - 1) * scale) + shift)];
            tensors.Add(new(name, rows == 1 ? [columns] : [rows, columns], drawn));
        }

        float[] Of(string name) =>
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(tensors.Single(tensor => tensor.Name == name).Values, out var array)
                ? array.Array!
                : throw new InvalidOperationException(name);
    }
}
