using Xunit;
using static OVPipeline.Core.Tests.TestMatrices;

namespace OVPipeline.Core.Tests.Attention;

public sealed class PositionalPatternTests
{
    private static readonly HeadIndex s_head = new(2, 1);

    [Theory]
    [InlineData(9)]
    [InlineData(100)]
    [InlineData(4)]
    [InlineData(1)]
    public void Of_RandomHead_AgreesWithDenseDoubles(int positions)
    {
        var model = AttentionModel.Create();
        var pattern = PositionalPattern.Of(model, s_head, positions, TestContext.Current.CancellationToken);
        int n = Math.Min(positions, AttentionModel.Context);
        var embedding = Dense(model.Read(WeightKind.W_pos));
        var scores = embedding * Dense(model.W_Q(s_head)) * Dense(model.W_K(s_head)).Transpose() * embedding.Transpose()
            / Math.Sqrt(AttentionModel.DHead);
        Assert.Equal(n, pattern.Positions);
        var expected = new double[n, n];
        for (int query = 0; query < n; query++)
        {
            double sum = Enumerable.Range(0, query + 1).Sum(key => Math.Exp(scores[query, key]));
            for (int key = 0; key < n; key++)
            {
                expected[query, key] = key > query ? 0 : Math.Exp(scores[query, key]) / sum;
                Assert.Equal(expected[query, key], pattern.Attention[query, key], 1e-5);
            }
        }
        for (int distance = 0; distance < n; distance++)
            Assert.Equal(Enumerable.Range(distance, n - distance).Average(query => expected[query, query - distance]),
                pattern.MeanAtDistance(distance), 1e-5);
        Assert.Equal(n == 1 ? 1 : Enumerable.Range(1, n - 1).Average(query => expected[query, 0]), pattern.MeanOnFirst(), 1e-5);
    }

    [Theory]
    [InlineData(true, null, false, 1.7320508075688772)]
    [InlineData(false, 1.0, false, 1.0)]
    [InlineData(true, 2.0, true, 6.0)] // times the layer's number, 3
    public void Of_ModelOfAnotherScaleOrDirection_IsItsOwn(bool bidirectional, double? scale, bool byLayer, double divisor)
    {
        var model = AttentionModel.Create(kind: config =>
            config with { Bidirectional = bidirectional, AttentionScale = scale, ScaleByInverseLayer = byLayer });
        var pattern = PositionalPattern.Of(model, s_head, cancellationToken: TestContext.Current.CancellationToken);
        var embedding = Dense(model.Read(WeightKind.W_pos));
        var scores = embedding * Dense(model.W_Q(s_head)) * Dense(model.W_K(s_head)).Transpose() * embedding.Transpose() / divisor;
        for (int query = 0; query < pattern.Positions; query++)
        {
            int seen = bidirectional ? pattern.Positions : query + 1;
            double sum = Enumerable.Range(0, seen).Sum(key => Math.Exp(scores[query, key]));
            for (int key = 0; key < pattern.Positions; key++)
                Assert.Equal(key < seen ? Math.Exp(scores[query, key]) / sum : 0, pattern.Attention[query, key], 1e-5);
        }
    }

    [Fact]
    public void MeanAtDistance_PreviousTokenHead_IsOne()
    {
        // Three dimensions of the positions turn in circles; the queries are turned one step back.
        const double Step = 2 * Math.PI / 9;
        var model = AttentionModel.Create(weights =>
        {
            weights.Set(WeightKind.W_pos, Matrix.Create(9, 12,
                (position, k) => (float)(k switch { 0 => 20 * Math.Cos(Step * position), 1 => 20 * Math.Sin(Step * position), _ => 0 })));
            weights.Set(WeightKind.W_K, s_head, Matrix.Create(12, 3, (i, j) => i == j && i < 2 ? 1 : 0));
            weights.Set(WeightKind.W_Q, s_head, Matrix.Create(12, 3, (i, j) => (float)((i, j) switch
            {
                (0, 0) or (1, 1) => Math.Cos(Step),
                (1, 0) => Math.Sin(Step),
                (0, 1) => -Math.Sin(Step),
                _ => 0,
            })));
        });
        var pattern = PositionalPattern.Of(model, s_head);
        Assert.Equal(1, pattern.MeanAtDistance(1), 1e-6);
        Assert.Equal(1 / 9.0, pattern.MeanAtDistance(0), 1e-6); // the first position has no other
    }

    [Theory]
    [InlineData(WeightKind.W_pos, "no W_pos")]
    [InlineData(WeightKind.W_K, "no W_Q and W_K")]
    public void Of_WeightsMissing_SaysWhich(WeightKind missing, string named)
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => PositionalPattern.Of(AttentionModel.Create(has: kind => kind != missing), s_head));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MeanAtDistance_BeyondTheFirst_Refuses()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => PositionalPattern.Of(AttentionModel.Create(), s_head).MeanAtDistance(9));
        Assert.Contains("[0, 9), was 9", error.Message, StringComparison.Ordinal);
    }
}
