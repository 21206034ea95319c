using Microsoft.ML;
using Microsoft.ML.Data;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Tests.Interop;

/// <summary>
/// The embedded model's circuits in ONNX Runtime, over all tokens. A runtime sums in single precision, where our ranks are exact: what it
/// orders otherwise has to be within the rounding of its own sums.
/// </summary>
public sealed class OnnxNearTiesTests
{
    private const int K = 5;
    private readonly MLContext _ml = new(seed: 1);
    private readonly TransformerCheckpoint _model = TransformerCheckpoint.Load(Path.Combine(SharedFiles.Root, "data/attn-only-2l-quarter"));

    [Fact]
    public void ConvertToOnnx_EmbeddedHead_DiffersAtNearTiesOnly() =>
        AssertNear(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 1)));

    [Fact]
    public void ConvertToOnnx_EmbeddedPair_DiffersAtNearTiesOnly() =>
        AssertNear(_ml.Transforms.ExtractOVCircuit("Circuit", "TokenId", _model, new HeadIndex(1, 1), new HeadIndex(1, 7)));

    [Fact]
    public void ConvertToOnnx_EmbeddedCopier_DiffersAtNearTiesOnly() => AssertNear(
        _ml.OVCircuits().Trainers.LowRankCopier(_model, new LowRankCopierTrainer.Options { Fit = new() { Rank = 16, MaxSteps = 20 } }));

    private void AssertNear(IEstimator<ITransformer> estimator)
    {
        var all = _ml.Data.LoadVocabulary(_model);
        var tokens = _ml.Transforms.SelectColumns("TokenId").Fit(all).Transform(all);
        var fitted = estimator.Append(_ml.Transforms.ScoreTopK(k: K)).Fit(tokens);
        var scored = fitted.Transform(tokens);
        using var onnx = OnnxModel.Of(_ml, fitted, tokens);
        var outputs = onnx.Run(("TokenId", [.. Enumerable.Range(1, _model.Vocabulary.Count).Select(key => (uint)key)]));

        uint[][] ours = [.. scored.GetColumn<uint[]>("TopTokens")], theirs = outputs.Rows<uint>("TopTokens");
        float[] ourRanks = [.. scored.GetColumn<float>("LabelRank")], theirRanks = outputs.Values<float>("LabelRank");
        var circuit = scored.Schema["Circuit"].GetTokenCircuit();
        int rows = 0, ranks = 0;
        for (int token = 0; token < ours.Length; token++)
        {
            rows += ours[token].SequenceEqual(theirs[token]) ? 0 : 1;
            ranks += ourRanks[token] == theirRanks[token] ? 0 : 1;
            for (int i = 0; i < K; i++)
            {
                var (first, ofFirst) = Logit(circuit, token, (int)ours[token][i] - 1);
                var (second, ofSecond) = Logit(circuit, token, (int)theirs[token][i] - 1);
                Assert.True(Math.Abs(first - second) <= ofFirst + ofSecond, $"token {token}: {first} and {second}");
            }
        }
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{circuit.Name}: the top {K} of {rows} and the rank of {ranks} of {ours.Length} tokens differ");
        Assert.True(rows < ours.Length / 100, $"{rows} rows differ");
    }

    // A logit in double precision, and how far a sum of single-precision products may be off it (Higham 2002, 3.1).
    private static (double Logit, double Rounding) Logit(TokenCircuit circuit, int row, int column)
    {
        double sum = 0, magnitude = 0;
        for (int k = 0; k < circuit.Rank; k++)
        {
            double product = (double)circuit.H[row, k] * circuit.G[k, column];
            sum += product;
            magnitude += Math.Abs(product);
        }
        double unit = circuit.Rank * Math.Pow(2, -24);
        return (sum, unit / (1 - unit) * magnitude);
    }
}
