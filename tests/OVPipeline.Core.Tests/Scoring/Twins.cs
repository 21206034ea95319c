using Xunit;

namespace OVPipeline.Core.Tests;

/// <summary>Holds scores to exact twins.</summary>
internal static class Twins
{
    /// <summary>Fails where a value that was asked for is not the twin's, within what single precision leaves of it.</summary>
    public static void AssertEqual(string what, ExactTwin[] twins, int[] labels, ScoredRows scores)
    {
        for (int i = 0; i < twins.Length; i++)
        {
            AssertRanks(what, twins[i], labels[i], i, scores);
            if (!IsCancelling(what))
                AssertSoftmax($"{what} row {i}", twins[i], labels[i], i, scores);
        }
    }

    /// <summary>Fails where values differ by more than a relative tolerance.</summary>
    public static void AssertNear(double expected, double actual, double relative, string what)
    {
        if (Math.Abs(expected) > float.MaxValue && double.IsInfinity(actual) && Math.Sign(expected) == Math.Sign(actual))
            return; // a single-precision score has no more room
        bool isNear = !(Math.Abs(expected - actual) > relative * Math.Abs(expected) + 1e-44);
        Assert.True(double.IsNaN(expected) == double.IsNaN(actual) && isNear, $"{what}: {actual} against {expected}");
    }

    // Double loses these logits: only ranks and orders are promised to be exact.
    private static bool IsCancelling(string what) => what.StartsWith("cancelling", StringComparison.Ordinal);

    private static void AssertRanks(string what, ExactTwin twin, int label, int row, ScoredRows scores)
    {
        int topK = scores.Options.TopK;
        Assert.Equal(twin.Order[..topK], scores.TopTokens[(row * topK)..((row + 1) * topK)]);
        for (int q = 0; q < topK && !IsCancelling(what); q++)
            AssertNear(twin.Logits[twin.Order[q]], scores.TopScores[row * topK + q], 1e-6, what);
        if (scores.Options.LabelRank)
            Assert.True((label < 0 ? 0 : twin.RankOf(label)) == scores.LabelRanks[row], $"{what} row {row}: rank {scores.LabelRanks[row]}");
    }

    private static void AssertSoftmax(string what, ExactTwin twin, int label, int row, ScoredRows scores)
    {
        double beta = scores.Options.InverseTemperature, size = twin.Logits.Max(Math.Abs), error = beta * size * Math.Pow(2, -22);
        double coarse = error < 0.005 || what.StartsWith("offset", StringComparison.Ordinal) ? error : 0; // single precision's own error
        if (scores.Options.LabelLogLoss)
        {
            double expected = label < 0 ? double.NaN : twin.LogLoss(label, beta);
            AssertNear(expected, scores.LabelLogLosses[row], 1e-6 + coarse, $"{what} loss");
        }
        double[] probabilities = twin.Probabilities(beta);
        if (scores.Options.LogitMoments)
        {
            double mean = probabilities.Zip(twin.Logits, (p, l) => p * l).Sum();
            double variance = probabilities.Zip(twin.Logits, (p, l) => p * (l - mean) * (l - mean)).Sum();
            AssertWithin(mean, scores.LogitMeans[row], 1e-6 * size + 1e-35, $"{what} mean");
            AssertWithin(variance, scores.LogitVariances[row], 1e-5 * variance + 1e-10 * size * size + 1e-33, $"{what} variance");
        }
        for (int j = 0; scores.Options.Probabilities && j < probabilities.Length; j++)
        {
            float found = scores.Probabilities[row * probabilities.Length + j];
            AssertWithin(probabilities[j], found, 1e-36 + probabilities[j] * (1e-5 + 3 * coarse), $"{what} probability {j}");
        }
    }

    private static void AssertWithin(double expected, double actual, double tolerance, string what) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance, $"{what}: {actual} against {expected}");
}
