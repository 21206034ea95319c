using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// What a loaded model computes here does not depend on what was done to its weights: probabilities in double precision, before and after
/// every set of options.
/// </summary>
public sealed class ProcessedForwardTests : IDisposable
{
    private const double Tolerance = 1e-9;
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-processed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<PositionKind, NormalizationKind, bool, bool> Kinds
    {
        get
        {
            TheoryData<PositionKind, NormalizationKind, bool, bool> kinds = [];
            foreach (var positions in Enum.GetValues<PositionKind>())
                foreach (var normalization in Enum.GetValues<NormalizationKind>())
                    foreach (bool biases in new[] { false, true })
                        foreach (bool bidirectional in new[] { false, true })
                            kinds.Add(positions, normalization, biases, bidirectional);
            return kinds;
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Forward_EverySetOfOptions_GivesTheSameProbabilities(PositionKind positions, NormalizationKind normalization, bool biases,
        bool bidirectional)
    {
        var config = new AttentionOnlyConfig
        {
            Vocabulary = 16,
            DModel = 8,
            Layers = 2,
            Heads = 2,
            DHead = 4,
            ContextLength = 4,
            Positions = positions,
            Normalization = normalization,
            Biases = biases,
            Bidirectional = bidirectional,
        };
        Save(config);
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        double[] expected = LogProbabilities(new());
        foreach (var options in AllOptions)
        {
            double[] found = LogProbabilities(options);
            double difference = expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second));
            Assert.True(difference < Tolerance, $"{options}: {difference:g3}");
        }
    }

    private double[] LogProbabilities(CheckpointOptions options)
    {
        using var model = Transformer.FromWeights(TransformerCheckpoint.Load(_folder, options).Weights);
        model.to(torch.ScalarType.Float64);
        var logits = model.forward(torch.tensor([3L, 11, 3, 6, 9, 0, 1, 15], [2, 4]));
        return logits.log_softmax(-1).contiguous().data<double>().ToArray();
    }

    // Few multiples of 1/8 in sizes that are powers of two: nothing that goes into a weight is rounded.
    private void Save(AttentionOnlyConfig config)
    {
        using var model = TestModels.Random(config);
        using var scope = torch.NewDisposeScope();
        var random = new Random(7);
        using var gradients = torch.no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            bool gain = name.EndsWith(".w", StringComparison.Ordinal);
            float Next() => gain ? random.Next(1, 9) / 4f : random.Next(-6, 7) / 8f;
            float[] values = [.. Enumerable.Range(0, (int)parameter.numel()).Select(_ => Next())];
            parameter.copy_(torch.tensor(values, parameter.shape));
        }
        model.Save(_folder);
    }

    private static IEnumerable<CheckpointOptions> AllOptions => Enumerable.Range(0, 16).Select(set => new CheckpointOptions
    {
        FoldLayerNorm = (set & 1) != 0,
        CenterWritingWeights = (set & 2) != 0,
        CenterUnembed = (set & 4) != 0,
        FoldValueBiases = (set & 8) != 0,
    });
}
