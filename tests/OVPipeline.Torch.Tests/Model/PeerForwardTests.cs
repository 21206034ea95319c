using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

/// <summary>
/// Models of every family give the logits that PyTorch gives them: small ones, in the names of their families, whose forward passes were
/// written by hand from the published definitions (tests/Common/Forward/Fixtures).
/// </summary>
public sealed class PeerForwardTests(ITestOutputHelper output) : IDisposable
{
    // Of the largest logit. The peer computes in double precision, the module in single.
    private const double Tolerance = 2e-5;
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Cases => new(ForwardCase.Names);

    [Theory, MemberData(nameof(Cases))]
    public void Forward_ModelOfAFamily_GivesPyTorchsLogits(string name)
    {
        var model = ForwardCase.Open(name);
        var weights = model.Load(_folder);
        Assert.Empty(ForwardObstacles.Of(weights));
        double difference = model.Difference([.. Logits(weights, model.Tokens)]);
        output.WriteLine($"{name}: {difference:g2}");
        Assert.True(difference < Tolerance, $"{name}: {difference:g3}");
    }

    [Theory, MemberData(nameof(Cases))]
    public void Forward_EveryStepOfProcessing_GivesTheSameProbabilities(string name)
    {
        var options = new CheckpointOptions
        {
            FoldLayerNorm = true,
            CenterWritingWeights = true,
            CenterUnembed = true,
            FoldValueBiases = true,
        };
        var model = ForwardCase.Open(name);
        var weights = model.Load(_folder, options);
        Assert.Empty(ForwardObstacles.Of(weights));
        int outputs = weights.Config.OutputVocabulary;
        double[] expected = LogProbabilities(model.Logits, outputs);
        double[] found = LogProbabilities(Logits(weights, model.Tokens), outputs);
        double difference = expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / expected.Max(Math.Abs);
        Assert.True(difference < Tolerance, $"{name}: {difference:g3} ({string.Join("; ", weights.Processing)})");
    }

    private static double[][] Logits(TransformerWeights weights, int[][] sequences)
    {
        using var transformer = Transformer.FromWeights(weights); // which loads libtorch
        using var scope = torch.NewDisposeScope();
        using var gradients = torch.no_grad();
        return [.. sequences.Select(tokens => Of(transformer, tokens))];

        static double[] Of(Transformer transformer, int[] tokens)
        {
            var logits = transformer.forward(torch.tensor([.. tokens.Select(token => (long)token)], [1, tokens.Length]));
            return logits.to(torch.ScalarType.Float64).contiguous().cpu().data<double>().ToArray();
        }
    }

    private static double[] LogProbabilities(IEnumerable<double[]> logits, int outputs) =>
        [.. logits.SelectMany(sequence => sequence.Chunk(outputs)).SelectMany(row =>
        {
            double most = row.Max(), log = most + Math.Log(row.Sum(value => Math.Exp(value - most)));
            return row.Select(value => value - log);
        })];
}
