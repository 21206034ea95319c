using Xunit;

namespace OVPipeline.Core.Tests;

public class SoftmaxLossTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData(1, 1, false), InlineData(5, 15, false), InlineData(7, 16, true), InlineData(6, 49, true)]
    public void Evaluate_AnyBatch_AgreesWithFiniteDifferences(int rows, int columns, bool weighted)
    {
        var batch = Batch(rows, columns, weighted);
        FactorPair factors = new(TestMatrices.Random(4, 3, seed: 3), TestMatrices.Random(4, 3, seed: 4));
        var (loss, gradient) = new SoftmaxLoss().Evaluate(batch, factors, Token);
        double[] left = [.. factors.Left.Values.ToArray()], right = [.. factors.Right.Values.ToArray()];
        Assert.Equal(Loss(batch, left, right), loss, 1e-5);
        for (int i = 0; i < left.Length; i++)
        {
            Assert.Equal(Slope(left, i, () => Loss(batch, left, right)), gradient.Left.Values[i], 1e-4);
            Assert.Equal(Slope(right, i, () => Loss(batch, left, right)), gradient.Right.Values[i], 1e-4);
        }
    }

    [Fact]
    public void Evaluate_HugeLogits_StaysFinite()
    {
        var batch = Batch(5, 20, weighted: true);
        FactorPair factors = new(TestMatrices.Random(4, 3, seed: 3), Matrix.Create(4, 3, (i, k) => 1e6f * (i + k)));
        var (loss, gradient) = new SoftmaxLoss().Evaluate(batch, factors, Token);
        Assert.True(double.IsFinite(loss) && double.IsFinite(gradient.SquaredNorm()));
    }

    [Fact]
    public void Evaluate_MoreRowsThanABlockHolds_AgreesWithHalves()
    {
        var whole = Batch(6, 1 << 20, weighted: false); // four rows to a block
        FactorPair factors = new(TestMatrices.Random(4, 3, seed: 3), TestMatrices.Random(4, 3, seed: 4));
        var loss = new SoftmaxLoss();
        double expected = Half(0) + Half(3);
        Assert.Equal(expected, loss.Evaluate(whole, factors, Token).Loss, 1e-6 * expected);

        double Half(int from) => loss.Evaluate(whole with
        {
            Sources = whole.Sources.SelectRows([from, from + 1, from + 2]),
            LabelColumns = whole.LabelColumns[from..(from + 3)],
            RowWeights = whole.RowWeights[from..(from + 3)],
        }, factors, Token).Loss;
    }

    private static SoftmaxBatch Batch(int rows, int columns, bool weighted)
    {
        var random = new Random(9);
        return new(TestMatrices.Random(rows, 4, seed: 1), TestMatrices.Random(columns, 4, seed: 2),
            [.. Enumerable.Range(0, rows).Select(i => i * i % columns)],
            [.. Enumerable.Range(0, rows).Select(i => weighted ? random.NextDouble() : 1.0 / rows)],
            weighted ? [.. Enumerable.Range(0, columns).Select(_ => (float)random.NextDouble())] : null);
    }

    private static double Slope(double[] values, int i, Func<double> loss)
    {
        const double Step = 1e-6;
        double at = values[i];
        values[i] = at + Step;
        double above = loss();
        values[i] = at - Step;
        double below = loss();
        values[i] = at;
        return (above - below) / (2 * Step);
    }

    private static double Loss(SoftmaxBatch batch, double[] left, double[] right)
    {
        double[][] h = Project(batch.Sources, left), g = Project(batch.Outputs, right);
        double loss = 0;
        for (int i = 0; i < h.Length; i++)
        {
            double[] logits = [.. g.Select((y, j) => y.Zip(h[i], (p, q) => p * q).Sum() + (batch.ColumnLogWeights?[j] ?? 0))];
            loss += batch.RowWeights[i]
                * (Math.Log(logits.Sum(l => Math.Exp(l - logits.Max()))) + logits.Max() - logits[batch.LabelColumns[i]]);
        }
        return loss;
    }

    private static double[][] Project(Matrix rows, double[] factor)
    {
        int rank = factor.Length / rows.Columns;
        return [.. Enumerable.Range(0, rows.Rows).Select(i => Enumerable.Range(0, rank)
            .Select(k => Enumerable.Range(0, rows.Columns).Sum(d => rows[i, d] * factor[d * rank + k])).ToArray())];
    }
}
