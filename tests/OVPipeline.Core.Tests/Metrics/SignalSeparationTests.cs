using Xunit;

namespace OVPipeline.Core.Tests.Metrics;

public sealed class SignalSeparationTests
{
    [Theory]
    [InlineData(0.3079, 3.7)] // the course's head 1.4
    [InlineData(0.956, 6.0)]  // its heads 1.4 and 1.10 together
    public void FromAccuracy_TheCoursesFigures_AreTheKnownSeparations(double accuracy, double separation) =>
        Assert.Equal(separation, SignalSeparation.FromAccuracy(accuracy, 50_278)!.Value, 0.05);

    [Theory]
    [InlineData(2)]
    [InlineData(3_142)]
    [InlineData(128_256)]
    public void ToAccuracy_NoSeparation_IsChance(int vocabulary) =>
        Assert.Equal(1.0 / vocabulary, SignalSeparation.ToAccuracy(0, vocabulary), 1e-9);

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(0.999)]
    public void FromAccuracy_ThereAndBack_IsTheSame(double accuracy) =>
        Assert.Equal(accuracy, SignalSeparation.ToAccuracy(SignalSeparation.FromAccuracy(accuracy, 1000)!.Value, 1000), 1e-9);

    [Theory]
    [InlineData(2)]
    [InlineData(3_142)]
    [InlineData(262_144)]
    public void FromAccuracy_AllAccuracies_IsWhereBisectionEnds(int vocabulary)
    {
        double[] accuracies = [1e-12, 0.5 / vocabulary, 1.0 / vocabulary, 0.01, 0.262, 0.514, 0.763, 0.999, 1 - 1e-9, 1 - 1e-15];
        Assert.All(accuracies, accuracy =>
        {
            double found = SignalSeparation.FromAccuracy(accuracy, vocabulary)!.Value;
            Assert.Equal(Bisected(accuracy), found, 1e-11 + (1e-15 / (1 - accuracy)));
        });

        // 60 halvings of [-20, 40]: slow and sure.
        double Bisected(double accuracy)
        {
            double low = -20, high = 40;
            for (int i = 0; i < 60; i++)
            {
                double middle = (low + high) / 2;
                (low, high) = SignalSeparation.ToAccuracy(middle, vocabulary) < accuracy ? (middle, high) : (low, middle);
            }
            return (low + high) / 2;
        }
    }

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(1e-60)]
    public void FromAccuracy_BeyondWhatIsToldApart_IsNearTheEnd(double accuracy) =>
        Assert.InRange(SignalSeparation.FromAccuracy(accuracy, 2)!.Value, -20, -19.9);

    [Fact]
    public void ToAccuracy_SmallVocabulary_AgreesWithSimulation()
    {
        var random = new Random(3);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        const int Trials = 40_000, Vocabulary = 20;
        int first = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            double label = 1.5 + Normal(), best = double.NegativeInfinity;
            for (int other = 1; other < Vocabulary; other++)
                best = Math.Max(best, Normal());
            first += label > best ? 1 : 0;
        }
        double expected = SignalSeparation.ToAccuracy(1.5, Vocabulary);
        Assert.Equal(expected, (double)first / Trials, 4 * Math.Sqrt(expected * (1 - expected) / Trials));
    }

    [Fact]
    public void FromAccuracy_SharesOfASimulation_FindsTheSeparation()
    {
        var random = new Random(5);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        const int Trials = 600, Vocabulary = 2_000;
        int first = Enumerable.Range(0, Trials).Count(_ =>
        {
            double label = 3.4 + Normal();
            return Enumerable.Range(1, Vocabulary - 1).All(_ => Normal() < label);
        });
        Assert.Equal(3.4, SignalSeparation.FromAccuracy((double)first / Trials, Vocabulary)!.Value, 0.2);
    }

    [Fact]
    public void FromAccuracy_NoneOrAll_IsUndetermined()
    {
        Assert.Null(SignalSeparation.FromAccuracy(0, 100));
        Assert.Null(SignalSeparation.FromAccuracy(1, 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => SignalSeparation.FromAccuracy(1.01, 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => SignalSeparation.FromAccuracy(double.NaN, 100));
    }
}
