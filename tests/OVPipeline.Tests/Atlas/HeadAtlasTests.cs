using Microsoft.ML;
using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using Xunit;

namespace OVPipeline.Tests.Atlas;

public sealed class HeadAtlasTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Compute_EveryHead_AgreesWithDenseLogits()
    {
        var model = AtlasModel.Create();
        var atlas = _ml.ComputeHeadAtlas(model);
        Assert.Equal(model.Weights.Config.AllHeads, atlas.Heads.Select(profile => profile.Head));
        foreach (var profile in atlas.Heads)
        {
            double[][] ov = SmallModel.Logits(TokenCircuit.OfHeads(model.Weights, profile.Head)),
                below = [.. ov.Select(row => row.Select(logit => -logit).ToArray())];
            double[][] qk = SmallModel.Logits(TokenCircuit.OfQK(model.Weights, profile.Head)), kq = Transposed(qk);
            Assert.Equal((Within(ov, 1), Within(ov, 5)), (profile.Copying!.Value.Top1, profile.Copying!.Value.Top5!.Value));
            Assert.Equal((Within(below, 1), Within(below, 5)), (profile.Suppression!.Value.Top1, profile.Suppression!.Value.Top5!.Value));
            Assert.Equal((Within(qk, 1), Within(qk, 5)), (profile.QK!.QueryToKey.Top1, profile.QK.QueryToKey.Top5!.Value));
            Assert.Equal((Within(kq, 1), Within(kq, 5)), (profile.QK.KeyToQuery.Top1, profile.QK.KeyToQuery.Top5!.Value));
            int[] copied = [.. Enumerable.Range(0, 60).OrderBy(i => SmallModel.LogLoss(ov[i], i)).Take(10)],
                suppressed = [.. Enumerable.Range(0, 60).OrderBy(i => SmallModel.LogLoss(below[i], i)).Take(10)];
            Assert.Equal(copied, profile.TopCopied.Select(token => token.Id));
            Assert.Equal(suppressed, profile.TopSuppressed.Select(token => token.Id));
            Assert.Equal(SmallModel.Rank(below[suppressed[0]], suppressed[0]), profile.TopSuppressed[0].Rank);
            Assert.Equal(TokenCircuit.OfHeads(model.Weights, profile.Head).CopyingScore(), profile.CopyingScore);
            Assert.Equal(4, profile.SingularValues.Count);
            double[][] columns = Transposed(ov);
            Assert.Equal(Median(ov), profile.OwnToken!.MedianByRow);
            Assert.Equal(Median(columns), profile.OwnToken.MedianByColumn);
            Assert.Equal(Within(below, 10), profile.OwnToken.AmongTenLowest);
            Assert.Null(profile.NameCopyScore); // the model has no tokenizer
        }
        // Figures that differ between heads and directions, or the comparisons above could not fail.
        Assert.True(atlas.Heads.Select(profile => profile.Suppression).Distinct().Count() > 2);
        Assert.Contains(atlas.Heads, profile => profile.QK!.QueryToKey != profile.QK.KeyToQuery);
    }

    [Fact]
    public void Compute_KCompositions_AreTheHighestPairsInBothDirections()
    {
        var model = AtlasModel.Create();
        var atlas = _ml.ComputeHeadAtlas(model, new() { KCompositions = 4 });
        Assert.Equal(9, atlas.Compositions.Count);
        Assert.Equal(atlas.Compositions.OrderByDescending(pair => pair.K).Take(4).Select(pair => (pair.Earlier, pair.Later)),
            atlas.KCompositions.Select(pair => (pair.Earlier, pair.Later)));
        foreach (var pair in atlas.KCompositions)
        {
            double[][] logits = SmallModel.Logits(TokenCircuit.OfKComposition(model.Weights, pair.Earlier, pair.Later));
            Assert.Equal((Within(logits, 1), Within(logits, 5)), (pair.QueryToKey.Top1, pair.QueryToKey.Top5!.Value));
            Assert.Equal((Within(Transposed(logits), 1), Within(Transposed(logits), 5)),
                (pair.KeyToQuery.Top1, pair.KeyToQuery.Top5!.Value));
        }
        Assert.Equal(0.25, atlas.Baseline!.Mean, 0.01); // d_model 16
        Assert.Contains(atlas.Notes, note => note.Contains("Of 9 pairs of heads the 4", StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_VirtualHeads_AreTheHighestPairsByVComposition()
    {
        var model = AtlasModel.Create();
        var atlas = _ml.ComputeHeadAtlas(model, new() { VirtualHeads = 4 });
        Assert.Equal(atlas.Compositions.OrderByDescending(pair => pair.V).Take(4).Select(pair => (pair.Earlier, pair.Later, pair.V)),
            atlas.VirtualHeads.Select(pair => (pair.Earlier, pair.Later, pair.Score)));
        foreach (var pair in atlas.VirtualHeads)
        {
            var circuit = TokenCircuit.OfVirtualHead(model.Weights, pair.Earlier, pair.Later);
            double[][] logits = SmallModel.Logits(circuit);
            Assert.Equal((Within(logits, 1), Within(logits, 5)), (pair.Copying!.Value.Top1, pair.Copying.Value.Top5!.Value));
            Assert.Equal(circuit.CopyingScore(), pair.CopyingScore);
        }
        Assert.Contains(atlas.Notes, note => note.Contains("Of 9 pairs of heads the 4 of highest V-composition", StringComparison.Ordinal));
        Assert.Empty(_ml.ComputeHeadAtlas(model, new() { VirtualHeads = 0 }).VirtualHeads);
    }

    [Fact]
    public void Compute_EmbeddedModel_CopiesNamesOfOneToken()
    {
        var model = TransformerCheckpoint.Load(Path.Combine(SharedFiles.Root, "data", "attn-only-2l-quarter"));
        var names = FirstNames.TokensOf(model);
        Assert.InRange(names.Count, 3, FirstNames.All.Count); // of 3,142 tokens few are names
        Assert.All(names, id => Assert.Contains(model.Vocabulary[id].Trim('\u2423'), FirstNames.All));
        var atlas = _ml.ComputeHeadAtlas(model, new() { QK = false, Compositions = false });
        foreach (var head in atlas.Heads.Where((_, i) => i % 7 == 0))
        {
            double expected = CopyScore.Of(TokenCircuit.OfHeads(model.Weights, head.Head), names);
            Assert.Equal(expected, head.NameCopyScore!.Value, 1e-12);
        }
        Assert.True(atlas.Heads.Max(head => head.NameCopyScore) > 0.5);
        Assert.Contains(atlas.Notes, note => note.StartsWith($"Name copy scores are over {names.Count} ", StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_TokensInAnotherOrder_GivesTheSameFigures()
    {
        int[] order = [.. Enumerable.Range(0, 60)];
        new Random(2).Shuffle(order);
        var (one, other) = (_ml.ComputeHeadAtlas(AtlasModel.Create()), _ml.ComputeHeadAtlas(AtlasModel.Create(order: order)));
        foreach (var (x, y) in one.Heads.Zip(other.Heads))
        {
            Assert.Equal((x.Copying, x.Suppression, x.QK!.QueryToKey, x.QK.KeyToQuery),
                (y.Copying, y.Suppression, y.QK!.QueryToKey, y.QK.KeyToQuery));
            Assert.Equal(x.TopCopied.Select(token => (token.Text, token.Rank)), y.TopCopied.Select(token => (token.Text, token.Rank)));
            Assert.Equal(x.TopSuppressed.Select(token => (token.Text, token.Rank)),
                y.TopSuppressed.Select(token => (token.Text, token.Rank)));
            Assert.Equal(x.CopyingScore!.Value, y.CopyingScore!.Value, 1e-9);
            Assert.Equal(x.QK.MatchingScore, y.QK.MatchingScore, 1e-9);
            Assert.Equal(x.ParticipationRatio, y.ParticipationRatio, 1e-5);
        }
        Assert.Equal(one.Compositions, other.Compositions);
        Assert.Equal(one.KCompositions, other.KCompositions);
    }

    [Fact]
    public void Compute_TopTokens_BreakTiesByIdAndShowRanksFromBelow()
    {
        var model = AtlasModel.Create(change: weights => weights.Set(WeightKind.W_V, new HeadIndex(0, 0), new Matrix(16, 4)));
        var zero = _ml.ComputeHeadAtlas(model, new() { Tokens = 3 }).Heads[0];
        // All logits are equal: token i is the i-th from above and from below.
        Assert.Equal([(0, 1), (1, 2), (2, 3)], zero.TopCopied.Select(token => (token.Id, token.Rank)));
        Assert.Equal([(0, 1), (1, 2), (2, 3)], zero.TopSuppressed.Select(token => (token.Id, token.Rank)));
        Assert.Equal((1 / 60.0, 5 / 60.0), (zero.Suppression!.Value.Top1, zero.Suppression!.Value.Top5!.Value));
        Assert.Equal((0, 0, 0), (zero.CopyingScore, zero.ParticipationRatio, zero.EntropyRank));
    }

    private static double Within(double[][] logits, int k) =>
        logits.Where((row, i) => SmallModel.Rank(row, i) <= k).Count() / (double)logits.Length;

    private static double Median(double[][] logits)
    {
        int[] ranks = [.. logits.Select((row, i) => SmallModel.Rank(row, i)).Order()];
        return (ranks[29] + ranks[30]) / 2.0;
    }

    private static double[][] Transposed(double[][] logits) =>
        [.. Enumerable.Range(0, logits.Length).Select(j => logits.Select(row => row[j]).ToArray())];
}
