using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Atlas;

/// <summary>The atlas of a model whose outputs are not its tokens.</summary>
public sealed class HeadAtlasOutputsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory, InlineData(1), InlineData(3), InlineData(100)]
    public void Compute_OtherOutputs_LeavesCopyingEmptyAndSaysWhy(int outputs)
    {
        var atlas = _ml.ComputeHeadAtlas(OutputModel.Create(outputs));
        var tokens = _ml.ComputeHeadAtlas(AtlasModel.Create(OutputModel.V)); // the same heads, with outputs that are the tokens

        Assert.Contains(atlas.Notes, note => note.StartsWith(atlas.Model.NoCopying!, StringComparison.Ordinal)
            && note.EndsWith("top1, suppression, d', copying scores and tokens copied are empty.", StringComparison.Ordinal));
        Assert.DoesNotContain(tokens.Notes, note => note.Contains("not defined", StringComparison.Ordinal));
        foreach (var (head, other) in atlas.Heads.Zip(tokens.Heads))
        {
            Assert.True(head is { Copying: null, Suppression: null, DPrime: null, CopyingScore: null, TopCopied: [], TopSuppressed: [] });
            Assert.Equal((other.QK, other.Positional, other.Rank), (head.QK, head.Positional, head.Rank));
            Assert.Equal(Math.Min(4, outputs), head.SingularValues.Count);
            double[][] logits = OutputModel.Logits(TokenCircuit.OfHeads(OutputModel.Create(outputs).Weights, head.Head));
            Assert.Equal(logits.SelectMany(row => row).Sum(logit => logit * logit), head.SingularValues.Sum(s => s * s), 1e-4);
        }
        Assert.Equal(tokens.Compositions, atlas.Compositions);
        Assert.Equal(tokens.KCompositions, atlas.KCompositions);
        var rows = _ml.Data.CreateEnumerable<HeadAtlasRow>(_ml.Data.LoadHeadAtlas(atlas), false).ToArray();
        Assert.All(rows, row => Assert.All([row.CopyingTop1, row.CopyingTop5, row.SuppressionTop1, row.SuppressionTop5, row.CopyingScore],
            figure => Assert.True(float.IsNaN(figure))));
        Assert.All(rows, row => Assert.InRange(row.ParticipationRatio, 1, Math.Min(4, outputs) + 1e-4f));
    }
}
