using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Norm scales against the same computed in double precision, from the definitions.</summary>
public sealed class NormScalesTests
{
    private const int V = 19, D = 8, Layers = 3, Context = 5;
    private const double Epsilon = 1e-3;

    private static readonly HeadIndex s_first = new(0, 1), s_last = new(2, 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("LN", "shortformer")]
    [InlineData("LN", "standard")]
    [InlineData("RMS", "rotary")]
    [InlineData("RMS", "standard")]
    public void OfLoneEmbedding_EveryKind_IsTheMeanOfOneOverSigma(string norm, string positions)
    {
        var weights = Model(norm, positions);
        var scales = NormScales.OfLoneEmbedding(weights, TestContext.Current.CancellationToken);
        var at = weights.Read(WeightKind.W_pos);
        for (int token = 0; token < V; token++)
        {
            double[] row = [.. weights.W_E.Row(token).ToArray().Select(value => (double)value)];
            double expected = positions == "standard"
                ? Enumerable.Range(0, Context).Average(t => Inverse(norm, [.. row.Select((value, i) => value + at[t, i])]))
                : Inverse(norm, row);
            float[] all = [scales.Attention[0][token], scales.Attention[Layers - 1][token], scales.Output[token], scales.Final[token]];
            foreach (float scale in all)
                Assert.Equal(1, scale / expected, 1e-5);
        }
        Assert.Equal(positions switch
        {
            "standard" => "those of the lone embedding, averaged over 5 positions",
            _ => "those of the lone embedding, without positions",
        }, scales.Source);
    }

    [Theory]
    [InlineData("LN")]
    [InlineData("RMS")]
    public void OfHeads_HeldScales_IsEachHeadThroughTheNormsOfItsOwnLayer(string norm)
    {
        var raw = Model(norm);
        var scales = Scales();
        var weights = raw.WithNormScales(scales);
        foreach (HeadIndex[] heads in new[] { [s_first], [s_last], new[] { s_first, s_last } })
        {
            double[,] expected = new double[V, V];
            foreach (var head in heads)
                Add(expected, DirectLogits(raw, norm, head, token => scales.Attention[head.Layer][token] * (double)scales.Output[token]));
            AssertSame(expected, TokenCircuit.OfHeads(weights, heads));
            AssertSame(expected, TokenCircuit.OfHeads(weights.ReadBy(1), heads));
        }
    }

    [Theory]
    [InlineData("LN")]
    [InlineData("RMS")]
    public void Direct_HeldScales_IsReadAtTheTokensOwnPosition(string norm)
    {
        var raw = Model(norm);
        var scales = Scales();
        double[,] expected = DirectLogits(raw, norm, null, token => scales.Final[token]);
        AssertSame(expected, TokenCircuit.Direct(raw.WithNormScales(scales)));
    }

    [Fact]
    public void FromResidual_HeldScales_ReadsAsTheHeadsOfTheReadingLayer()
    {
        var raw = Model("LN");
        var last = raw.WithNormScales(Scales());
        Assert.Equal((Layers - 1, 0), (last.ReadingLayer, last.ReadBy(0).ReadingLayer));
        foreach (var (weights, head) in new[] { (last, s_last), (last.ReadBy(0), s_first) })
        {
            var circuit = TokenCircuit.OfHeads(weights, head);
            var copier = TokenCircuit.FromResidual(weights, "copier", weights.OVCircuit(head));
            Assert.All(circuit.H.Values.ToArray().Zip(copier.H.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            var product = MatrixProduct.Multiply(weights.W_E, weights.W_V(head));
            for (int i = 0; i < product.Values.Length; i++)
                Assert.Equal(circuit.H.Values[i], product.Values[i], 1e-4);
            Assert.Equal(weights.W_E.Values[(3 * D)..(5 * D)].ToArray(), weights.ReadTokens(WeightKind.W_E, 3, 2).Values.ToArray());
            Assert.Equal(weights.W_E.Values.ToArray(), weights.Read(WeightKind.W_E).Values.ToArray());
        }
        Assert.NotEqual(last.W_E.Values.ToArray(), last.ReadBy(0).W_E.Values.ToArray());
        // A layer norm takes the mean away, so no copier may read it: rows are centred, and a constant in a map changes nothing.
        Assert.All(Enumerable.Range(0, V), token => Assert.Equal(0, last.W_E.Row(token).ToArray().Average(), 1e-5));
        Assert.All(Enumerable.Range(0, V), token => Assert.Equal(0, raw.FoldNorms().W_E.Row(token).ToArray().Average(), 1e-5));
        var constant = new FactoredMatrix(Matrix.Create(D, 1, (_, _) => 1), Matrix.Create(1, D, (_, i) => i));
        Assert.All(TokenCircuit.FromResidual(last, "reads the mean", constant).H.Values.ToArray(), value => Assert.Equal(0, value, 1e-5));
    }

    [Fact]
    public void WithNormScales_OneScaleAndNoGains_LeavesEveryRankAndChangesEveryLoss()
    {
        var raw = Model("RMS", gains: false);
        float[] one = [.. Enumerable.Repeat(0.125f, V)];
        var held = raw.WithNormScales(new("one scale", [one, one, one], one, one));
        var options = new ScoringOptions { TopK = V, LabelRank = true, LabelLogLoss = true };
        foreach (var head in raw.Config.AllHeads)
        {
            var (before, after) = (Scored(raw, head), Scored(held, head));
            Assert.Equal(before.LabelRanks, after.LabelRanks);
            Assert.Equal(before.TopTokens, after.TopTokens);
            Assert.All(before.LabelLogLosses.Zip(after.LabelLogLosses), pair => Assert.NotEqual(pair.First, pair.Second));
        }

        ScoredRows Scored(TransformerWeights weights, HeadIndex head) =>
            CpuEngine.Shared.ScoreVocabulary(TokenCircuit.OfHeads(weights, head), options, cancellationToken: Cancellation);
    }

    [Fact]
    public void FoldNorms_ThenScales_SaysWhatWasDoneAndLeavesTheModelItself()
    {
        var raw = Model("LN");
        var held = raw.WithNormScales(Scales());
        Assert.Equal((false, false, true), (raw.LogitsAtModelScale, raw.FoldNorms().LogitsAtModelScale, held.LogitsAtModelScale));
        string[] layered =
        [
            "as made", "gains and centring of layer norms are folded into W_V and W_U",
            "norm scales are made up; W_E is read through the norm of layer 1",
        ];
        Assert.Equal(layered, held.ReadBy(1).Processing);
        string[] lone =
        [
            "as made", "gains of RMS norms are folded into W_V and W_U", "norm scales are those of the lone embedding, without positions",
        ];
        Assert.Equal(lone, Model("RMS").WithNormScales(NormScales.OfLoneEmbedding(Model("RMS"), Cancellation)).Processing);
        Assert.Same(raw, held.Model);
        Assert.Same(raw, held.ReadBy(0).FoldNorms().Model);
        Assert.Same(raw, raw.ReadBy(1));
        Assert.Equal(held.W_U.Values.ToArray(), raw.FoldNorms().W_U.Values.ToArray());
        Assert.Equal(held.W_V(s_first).Values.ToArray(), held.WithNormScales(Scales()).W_V(s_first).Values.ToArray());
        Assert.Equal(raw.W_Q(s_first).Values.ToArray(), held.W_Q(s_first).Values.ToArray());
        Assert.Equal(TokenCircuit.OfQK(raw, s_first).H.Values.ToArray(), TokenCircuit.OfQK(held, s_first).H.Values.ToArray());
        var bare = Model(null);
        Assert.Same(bare, bare.FoldNorms());
    }

    [Fact]
    public void WithNormScales_WhereTheyCannotBeHeld_SaysWhy()
    {
        var scales = Scales();
        Says<InvalidOperationException>("is none", () => Model(null).WithNormScales(scales));
        Says<InvalidOperationException>("is unknown", () => Model("unknown").FoldNorms());
        Assert.Throws<InvalidOperationException>(() => NormScales.OfLoneEmbedding(Model(null)));
        var other = new TransformerWeights(Model("RMS").Config with { OtherNorm = "the norm after attention" }, new InMemoryWeights());
        Says<InvalidOperationException>("the norm after attention", () => other.WithNormScales(scales));
        Says<ArgumentException>("3 layers and 19 tokens", () => Model("LN").WithNormScales(new("short", [[1f]], [1f], [1f])));
    }

    [Fact]
    public void NormScales_WrongValues_AreRefusedByName()
    {
        Says<ArgumentException>("layer 1", () => new NormScales("x", [[1f], [1f, 2f]], [1f], [1f]));
        foreach (float wrong in new[] { 0f, -1, float.NaN, float.PositiveInfinity })
            Says<ArgumentException>("token 1", () => new NormScales("x", [[1f, 1]], [1f, 1], [1f, wrong]));
        Assert.Throws<ArgumentException>(() => new NormScales("x", [], [1f], [1f]));
    }

    private static void Says<T>(string part, Func<object> refused) where T : Exception =>
        Assert.Contains(part, Assert.Throws<T>(refused).Message, StringComparison.Ordinal);

    private static NormScales Scales()
    {
        float[][] parts = [.. Enumerable.Range(0, Layers + 2).Select(Part)];
        return new("made up", parts[..Layers], parts[Layers], parts[Layers + 1]);

        static float[] Part(int seed) =>
            [.. TestMatrices.Random(1, V, 70 + seed).Values.ToArray().Select(value => 0.2f + MathF.Abs(value))];
    }

    private static TransformerWeights Model(string? norm, string positions = "shortformer", bool gains = true)
    {
        var config = new TransformerConfig
        {
            Name = "tiny",
            Layers = Layers,
            Heads = 2,
            DModel = D,
            DHead = 3,
            Vocabulary = V,
            Context = Context,
            Normalization = norm,
            PositionalEmbedding = positions,
            NormEpsilon = Epsilon,
        };
        var weights = new InMemoryWeights();
        int seed = 1;
        foreach (var kind in new[] { WeightKind.W_E, WeightKind.W_U, WeightKind.W_pos }.Concat(gains ? [WeightKind.ln_final_w] : []))
            Set(kind, default);
        for (int layer = 0; gains && layer < Layers; layer++)
            Set(WeightKind.ln1_w, new(layer, 0));
        foreach (var head in config.AllHeads)
            foreach (var kind in new[] { WeightKind.W_Q, WeightKind.W_K, WeightKind.W_V, WeightKind.W_O })
                Set(kind, head);
        return new(config, weights, ["as made"]);

        void Set(WeightKind kind, HeadIndex head)
        {
            var (rows, columns) = config.ShapeOf(kind);
            weights.Set(kind, head, TestMatrices.Random(rows, columns, seed++));
        }
    }

    // Row i: what attention 1 to token i adds to the logits through its embedding alone, in double precision.
    private static double[,] DirectLogits(TransformerWeights weights, string norm, HeadIndex? head, Func<int, double> scale)
    {
        var logits = new double[V, V];
        for (int token = 0; token < V; token++)
        {
            double[] row = Centred(norm, [.. weights.W_E.Row(token).ToArray().Select(value => (double)value)]);
            if (head is { } one)
            {
                var gain = weights.Read(WeightKind.ln1_w, new(one.Layer, 0));
                row = Times(Times([.. row.Select((value, i) => value * gain[0, i])], weights.W_V(one)), weights.W_O(one));
            }
            var final = weights.Read(WeightKind.ln_final_w);
            double[] own = Times([.. Centred(norm, row).Select((value, i) => value * final[0, i] * scale(token))], weights.W_U);
            for (int column = 0; column < V; column++)
                logits[token, column] = own[column];
        }
        return logits;
    }

    private static double[] Centred(string norm, double[] row) => norm == "LN" ? [.. row.Select(value => value - row.Average())] : row;

    private static double[] Times(double[] row, Matrix map) =>
        [.. Enumerable.Range(0, map.Columns).Select(column => row.Select((value, i) => value * map[i, column]).Sum())];

    private static double Inverse(string norm, double[] row) => 1 / Math.Sqrt(Centred(norm, row).Average(value => value * value) + Epsilon);

    private static void Add(double[,] sum, double[,] part)
    {
        for (int i = 0; i < V; i++)
            for (int j = 0; j < V; j++)
                sum[i, j] += part[i, j];
    }

    private static void AssertSame(double[,] expected, TokenCircuit circuit)
    {
        var actual = TestMatrices.Dense(circuit.Logits);
        double size = expected.Cast<double>().Max(Math.Abs);
        for (int i = 0; i < V; i++)
            for (int j = 0; j < V; j++)
                Assert.Equal(expected[i, j] / size, actual[i, j] / size, 1e-6);
    }
}
