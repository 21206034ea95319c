using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class PatternScoresTests
{
    private const int Half = 4, Length = 1 + (2 * Half);

    // A sequence is a separator, tokens 1 to 4 and the same again at 5 to 8. Every weight tells where it stands: 100 query + key.
    [Fact]
    public void Scores_WeightsThatTellTheirPlace_AreOfThePublishedPositions()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        float[] weights = [.. Enumerable.Range(0, Length * Length).Select(i => (100f * (i / Length)) + (i % Length))];
        var patterns = torch.tensor(weights, [1, 1, Length, Length]);
        // 5 to 8 on 1 to 4, the same token; on 2 to 5, the token after it; and 2 to 8 on the token before.
        Assert.Equal(Mean((5, 1), (6, 2), (7, 3), (8, 4)), PatternScores.DuplicateToken(patterns, Half).item<float>(), 1e-3);
        Assert.Equal(Mean((5, 2), (6, 3), (7, 4), (8, 5)), PatternScores.Induction(patterns, Half).item<float>(), 1e-3);
        double before = Mean((2, 1), (3, 2), (4, 3), (5, 4), (6, 5), (7, 6), (8, 7));
        Assert.Equal(before, PatternScores.PreviousToken(patterns).item<float>(), 1e-3);

        static double Mean(params (int Query, int Key)[] places) => places.Average(place => (100.0 * place.Query) + place.Key);
    }

    [Fact]
    public void Measure_HeadThatAttendsToTheSameToken_SharesItsWeightWithTheFirstOccurrence()
    {
        NativeFiles.SkipWithoutBackend();
        var checkpoint = InductionModel.Make(duplicates: true);
        using var model = Transformer.FromWeights(checkpoint.Weights);
        var behaviour = new BehaviourProbe(checkpoint, new()
        {
            RandomTokens = [.. Enumerable.Range(0, InductionModel.V)],
            RepeatedLength = 6,
            Sequences = 30,
            Seed = 3,
        }).Measure(model);
        // The token itself and its first occurrence have the same score: half each, less where a token is drawn twice.
        Assert.InRange(behaviour.Heads[1].DuplicateTokenScore, 0.4, 0.5001);
        Assert.InRange(behaviour.Heads[0].DuplicateTokenScore, 0, 0.01);
        Assert.InRange(behaviour.Heads[1].InductionScore, 0, 0.1);
        Assert.Equal(30, behaviour.Heads[1].DuplicateTokenBySequence.Count);
    }
}
