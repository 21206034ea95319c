using Microsoft.ML;
using OVPipeline.Core;
using Xunit;

namespace OVPipeline.Tests.Atlas;

public sealed class HeadAtlasLimitsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Compute_NoQueriesAndKeys_GivesTheRestAndSaysSo()
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(has: kind => kind is not (WeightKind.W_Q or WeightKind.W_K)));
        Assert.All(atlas.Heads, profile => Assert.True(profile is { QK: null, Positional: null, Copying.Top5: >= 0 }));
        Assert.Equal(9, atlas.Compositions.Count);
        Assert.Empty(atlas.KCompositions);
        Assert.Contains(atlas.Notes, note => note.Contains("no W_Q and W_K", StringComparison.Ordinal));
    }

    // Two layers of three heads: nine pairs of an earlier and a later head.
    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    [InlineData(10, false)]
    public void Compute_FewerKCompositionsThanPairs_SaysSo(int scored, bool isSaid)
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(), new() { KCompositions = scored });
        Assert.Equal(isSaid, atlas.Notes.Any(note => note.StartsWith("Of 9 pairs of heads the 8 of highest", StringComparison.Ordinal)));
        Assert.Equal(isSaid, atlas.Notes.Any(note => note.Contains("K-composition are scored", StringComparison.Ordinal)));
        Assert.DoesNotContain(atlas.Notes, note => note.StartsWith("Biases", StringComparison.Ordinal)); // it has none
    }

    [Theory]
    [InlineData("rotary", "rotary")]
    [InlineData("alibi", "alibi")]
    [InlineData("standard", "no W_pos (positions: standard)")]
    public void Compute_NoPositions_KeepsQKAndSaysWhatIsLeftOut(string positions, string said)
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(has: kind => kind != WeightKind.W_pos, positions: positions));
        Assert.All(atlas.Heads, profile => Assert.True(profile is { QK: not null, Positional: null }));
        Assert.Contains(atlas.Notes, note => note.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_OneLayerOneHead_HasNoComposition()
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(layers: 1, heads: 1));
        Assert.Single(atlas.Heads);
        Assert.NotNull(atlas.Heads[0].Positional!.Previous);
        Assert.Empty(atlas.Compositions);
        Assert.Null(atlas.Baseline);
        Assert.Contains(atlas.Notes, note => note.Contains("one layer", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Compute_TinyVocabulary_HasNoTop5AndListsAllTokens(int vocabulary)
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(vocabulary: vocabulary));
        Assert.All(atlas.Heads, profile => Assert.Equal((null, vocabulary), (profile.Copying!.Value.Top5, profile.TopCopied.Count)));
        Assert.True(vocabulary > 1 || atlas.Heads.All(profile => profile is { Copying.Top1: 1, DPrime: null }));
    }

    [Fact]
    public void Compute_Biases_AreSaidToBeLeftOut()
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(change: weights =>
        {
            weights.Set(WeightKind.b_Q, new Matrix(1, 4));
            weights.Set(WeightKind.b_U, new Matrix(1, 60));
            weights.Set(WeightKind.ln1_w, new Matrix(1, 16));
        }));
        Assert.Contains("Biases are left out: b_Q, b_U.", atlas.Notes);
        Assert.Contains(atlas.Notes, note => note.Contains("not folded in", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, false, null)]
    [InlineData("unknown", false,
        "What norm stands between these weights is not said: the file holds no gains, and no config.json tells the kind.")]
    [InlineData("LNPre", false, "The division by the norm of the residual stream (LNPre) is left out.")]
    [InlineData("LN", true, "The normalization (LN) is not folded in: gains are left out.")]
    public void Compute_Normalization_IsNoted(string? normalization, bool gains, string? note)
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(normalization: normalization, change: weights =>
        {
            if (gains)
                weights.Set(WeightKind.ln1_w, new Matrix(1, 16));
        }));
        Assert.Equal(note, atlas.Notes.SingleOrDefault(text => text.Contains("norm", StringComparison.Ordinal)));
    }

    [Fact]
    public void Compute_NormsHeld_IsNotedAndScoresTheCircuitsAtTheseScales()
    {
        var model = AtlasModel.Create(normalization: "RMS");
        var held = model.WithWeights(model.Weights.WithNormScales(NormScales.OfLoneEmbedding(model.Weights)));
        var (atlas, raw) = (_ml.ComputeHeadAtlas(held), _ml.ComputeHeadAtlas(model));
        const string Note = "In OV circuits the norms (RMS) are held, at those of the lone embedding";
        Assert.Contains(atlas.Notes, note => note.StartsWith(Note, StringComparison.Ordinal));
        Assert.Equal(raw.Heads.Select(head => head.Copying), atlas.Heads.Select(head => head.Copying)); // no gains: ranks do not care
        Assert.NotEqual(raw.Heads[0].CopyingScore, atlas.Heads[0].CopyingScore);
    }

    [Fact]
    public void Compute_PartsNotAskedFor_AreLeftOut()
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(), new() { QK = false, Compositions = false, Positions = 5, Tokens = 0 });
        Assert.All(atlas.Heads, profile => Assert.True(profile is { QK: null, Positional.Positions: 5, TopCopied.Count: 0 }));
        Assert.Empty(atlas.Compositions);
        Assert.Contains(atlas.Notes, note => note.Contains("the first 5 of 11", StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_Progress_CountsEveryStepToTheTotal()
    {
        List<AtlasProgress> steps = [];
        _ml.ComputeHeadAtlas(AtlasModel.Create(), new() { KCompositions = 2, VirtualHeads = 3, Progress = new Recorder(steps) });
        Assert.Equal(Enumerable.Range(1, 12), steps.Select(step => step.Done)); // 6 heads, the scores, 2 pairs, 3 virtual heads
        Assert.All(steps, step => Assert.Equal(12, step.Total));
    }

    [Fact]
    public void Compute_CancelledAfterAHead_Stops()
    {
        using var source = new CancellationTokenSource();
        List<AtlasProgress> steps = [];
        var progress = new Recorder(steps, source.Cancel);
        Assert.ThrowsAny<OperationCanceledException>(
            () => _ml.ComputeHeadAtlas(AtlasModel.Create(), new() { Progress = progress, CancellationToken = source.Token }));
        Assert.Single(steps);
    }

    [Theory]
    [InlineData("Tokens")]
    [InlineData("KCompositions")]
    [InlineData("VirtualHeads")]
    [InlineData("Positions")]
    [InlineData("BaselineSamples")]
    public void Compute_OptionOutOfRange_NamesIt(string option)
    {
        var options = option switch
        {
            "Tokens" => new HeadAtlasOptions { Tokens = -1 },
            "KCompositions" => new() { KCompositions = -1 },
            "VirtualHeads" => new() { VirtualHeads = -1 },
            "Positions" => new() { Positions = 0 },
            _ => new() { BaselineSamples = 1 },
        };
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => _ml.ComputeHeadAtlas(AtlasModel.Create(), options));
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadHeadAtlas_Profiles_AreRowsOfData()
    {
        var atlas = _ml.ComputeHeadAtlas(AtlasModel.Create(has: kind => kind != WeightKind.W_pos));
        var rows = _ml.Data.CreateEnumerable<HeadAtlasRow>(_ml.Data.LoadHeadAtlas(atlas), reuseRowObject: false).ToArray();
        Assert.Equal(atlas.Heads.Count, rows.Length);
        foreach (var (profile, row) in atlas.Heads.Zip(rows))
        {
            Assert.Equal((profile.Head, (float)profile.Suppression!.Value.Top1, (float)profile.QK!.MatchingScore),
                (HeadIndex.Parse(row.Head), row.SuppressionTop1, row.MatchingScore));
            Assert.Equal((profile.Head.Layer, profile.Head.Head), (row.Layer, row.Index));
            var copying = profile.Copying!.Value;
            Assert.Equal(((float)copying.Top1, (float)copying.Top5!.Value), (row.CopyingTop1, row.CopyingTop5));
            Assert.Equal((float)profile.Suppression!.Value.Top5!.Value, row.SuppressionTop5);
            Assert.Equal(((float)profile.ParticipationRatio, (float)profile.EntropyRank), (row.ParticipationRatio, row.EntropyRank));
            Assert.Equal((float)profile.CopyingScore!.Value, row.CopyingScore);
            Assert.Equal((float)profile.QK!.QueryToKey.Top1, row.QueryToKeyTop1);
            Assert.Equal((float)profile.QK.KeyToQuery.Top1, row.KeyToQueryTop1);
            Assert.Equal(profile.TopCopied.Select(token => token.Text), row.TopCopied);
            Assert.Equal(profile.TopSuppressed.Select(token => token.Text), row.TopSuppressed);
            Assert.Equal(profile.SingularValues.Select(value => (float)value), row.SingularValues);
            Assert.True(float.IsNaN(row.PreviousPosition));
        }

        // Figures that are alike could stand for one another unseen.
        Assert.Contains(atlas.Heads, profile => profile.QK!.QueryToKey.Top1 != profile.QK.KeyToQuery.Top1);
        Assert.Contains(atlas.Heads, profile => profile.Copying!.Value.Top1 != profile.Suppression!.Value.Top1);
        Assert.Contains(atlas.Heads, profile => profile.Copying!.Value.Top5 != profile.Suppression!.Value.Top5);
    }

    private sealed class Recorder(List<AtlasProgress> steps, Action? then = null) : IProgress<AtlasProgress>
    {
        public void Report(AtlasProgress value)
        {
            steps.Add(value);
            then?.Invoke();
        }
    }
}
