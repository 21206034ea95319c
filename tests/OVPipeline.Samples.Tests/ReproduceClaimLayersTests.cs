using System.Text.Json;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Samples.ReproduceClaim;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Samples.Tests;

/// <summary>ReproduceClaim on models whose copying heads, if any, are not in the last layer.</summary>
public sealed class ReproduceClaimLayersTests : IDisposable
{
    private const int V = 80, D = 12, Layers = 3, Heads = 3, DHead = 6;
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-layers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null, "0.0 + 0.2", "0", true)]   // the best pair, wherever it is
    [InlineData("1.1,1.2", "1.1 + 1.2", "1", false)]
    [InlineData("0.1,2.0", "0.1 + 2.0", "0,2", false)] // heads of two layers: both layers' heads
    public void Run_PairOfAnEarlierLayer_ShowsThatLayer(string? heads, string pair, string layers, bool searched)
    {
        WriteModel(copies: true);
        string[] asked = heads is null ? [] : ["--heads", heads, "--rank", "4"];
        var process = SampleProcess.Run("ReproduceClaim", ["--model", _folder, "--out", Path.Combine(_folder, "out"), .. asked]);
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        var rows = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "out", "results.json"))).RootElement.GetProperty("rows")
            .EnumerateArray().ToArray();
        string[] Names(string kind) =>
            [.. rows.Where(row => row.GetProperty("kind").GetString() == kind).Select(row => row.GetProperty("name").GetString()!)];
        int[] of = [.. layers.Split(',').Select(int.Parse)];
        Assert.Equal(of.Length * Heads, Names("head").Length);
        Assert.Equal([.. of.SelectMany(layer => Enumerable.Range(0, Heads).Select(head => HeadLabels.InName($"head {layer}.{head}")))],
            Names("head").Select(HeadLabels.InName));
        Assert.Equal([HeadLabels.InName($"heads {pair}")], Names("pair").Select(HeadLabels.InName));
        Assert.Equal(of.Select(layer => $"all of layer {layer}"), Names("layer"));
        Assert.Equal(
            heads is null ? DHead : 4, rows.First(row => row.GetProperty("kind").GetString() == "trained").GetProperty("rank").GetInt32());
        Assert.Equal(searched,
            process.Output.Contains("Heads 0.0 + 0.2 copy most of all 9 pairs within a layer.", StringComparison.Ordinal));
        Assert.DoesNotContain("No copying head", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0.0,0.2")]
    public void Run_NoHeadCopies_SaysSo(string? heads)
    {
        WriteModel(copies: false);
        string[] asked = heads is null ? [] : ["--heads", heads];
        var process = SampleProcess.Run("ReproduceClaim", ["--model", _folder, "--out", Path.Combine(_folder, "out"), .. asked]);
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        Assert.Contains("No copying head here: the best of 9 heads", process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("copy most", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_VocabularySmallerThanFive_TakesAllOfIt()
    {
        WriteModel(copies: false, vocabulary: 4);
        var process = SampleProcess.Run("ReproduceClaim", "--model", _folder, "--out", Path.Combine(_folder, "out"));
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        Assert.Contains("V 4;", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_CopierWorseThanAHeadOfItsRank_IsNamed()
    {
        var model = TinyModel.Create(100).Weights;
        CopyingRow Row(CircuitKind kind, int rank, double loss, bool heldOut = false) => new()
        {
            Name = $"circuit {rank}",
            Kind = kind,
            Rank = rank,
            Tokens = 100,
            Top1 = 0.5,
            Top5 = 0.5,
            Mrr = 0.5,
            DPrime = 1,
            LogLoss = loss,
            LogLossCalibrated = loss,
            CopyingScore = 1,
            HeldOut = heldOut,
        };
        Assert.Empty(
            ClaimChecks.Failed([Row(CircuitKind.Head, 4, 2), Row(CircuitKind.Trained, 4, 1.9), Row(CircuitKind.Trained, 2, 3)], model));
        string failed = Assert.Single(ClaimChecks.Failed(
            [Row(CircuitKind.Head, 4, 2), Row(CircuitKind.Trained, 4, 2.5), Row(CircuitKind.Trained, 4, 9, heldOut: true)], model));
        Assert.Equal("The trained copier of rank 4 did not converge: its log-loss, 2.500, is above 2.000, which circuit 4 has. Nothing can "
            + "be concluded from it.", failed);
        Assert.Contains(
            "which chance has",
            Assert.Single(ClaimChecks.Failed([Row(CircuitKind.Head, 8, 2), Row(CircuitKind.Trained, 4, 5)], model)),
            StringComparison.Ordinal);
    }

    // Embeddings agree; of layer 0 two heads pass on half of the directions each, all others are noise.
    [Fact]
    public void RankFrontier_OfAModel_PrintsTheTableOfItsRanks()
    {
        WriteModel(copies: true);
        var process = SampleProcess.Run("RankFrontier", [_folder], workingFolder: _folder);
        Assert.Equal((0, ""), (process.ExitCode, process.Error));
        string[] lines = [.. process.Output.Split('\n').Select(line => line.Trim())];
        Assert.Contains(lines, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["r", "1", "6", "12"]);
        Assert.Contains(
            lines, line => line.StartsWith("fitted, free", StringComparison.Ordinal) && line.EndsWith("100.0", StringComparison.Ordinal));
        Assert.Contains("The best pair (0.0 + 0.2):", process.Output, StringComparison.Ordinal);
        string code = File.ReadAllText(Path.Combine(MainJob.FindRoot(), "samples", "RankFrontier", "Program.cs"));
        Assert.InRange(code.Count(c => c == '\n'), 1, 40);
    }

    private void WriteModel(bool copies, int vocabulary = V)
    {
        var random = new Random(3);
        float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
        float[] embedding = Noise(vocabulary * D), other = Noise(vocabulary * D);
        List<SafetensorsTensor> tensors =
        [
            new("embed.W_E", [vocabulary, D], embedding),
            new("pos_embed.W_pos", [16, D], Noise(16 * D)),
            new("unembed.b_U", [vocabulary], new float[vocabulary]),
            new("unembed.W_U", [D, vocabulary], Transposed(copies ? embedding : other, vocabulary, D)),
        ];
        for (int layer = 0; layer < Layers; layer++)
        {
            float[] values = Noise(Heads * D * DHead), outputs = Noise(Heads * DHead * D);
            if (copies && layer == 0)
                foreach (var (head, first) in new[] { (0, 0), (2, DHead) })
                    for (int i = 0; i < D; i++)
                        for (int k = 0; k < DHead; k++)
                        {
                            float weight = i == first + k ? 2 : 0;
                            values[(head * D * DHead) + (i * DHead) + k] = weight;
                            outputs[(head * DHead * D) + (k * D) + i] = weight;
                        }
            tensors.Add(new($"blocks.{layer}.attn.W_V", [Heads, D, DHead], values));
            tensors.Add(new($"blocks.{layer}.attn.W_O", [Heads, DHead, D], outputs));
            foreach (string name in new[] { "W_Q", "W_K" })
                tensors.Add(new($"blocks.{layer}.attn.{name}", [Heads, D, DHead], Noise(Heads * D * DHead)));
            foreach (string name in new[] { "b_Q", "b_K", "b_V" })
                tensors.Add(new($"blocks.{layer}.attn.{name}", [Heads, DHead], new float[Heads * DHead]));
            tensors.Add(new($"blocks.{layer}.attn.b_O", [D], new float[D]));
        }
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors);
        File.WriteAllText(Path.Combine(_folder, "config.json"), $$"""
            {"n_layers": {{Layers}}, "n_heads": {{Heads}}, "d_model": {{D}}, "d_head": {{DHead}}, "n_ctx": 16,
            "d_vocab": {{vocabulary}}, "attn_only": true, "act_fn": null, "normalization_type": null}
            """);
    }

    private static float[] Transposed(float[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, columns * rows).Select(i => values[(i % rows * columns) + (i / rows)])];
}
