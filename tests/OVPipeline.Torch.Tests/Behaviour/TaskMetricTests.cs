using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Tests.Common;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TaskMetricTests
{
    private const int Start = 10; // of first_unique_char: tokens 0 to 9 are letters

    [Fact]
    public void Over_Sequences_AreOfThePositionsWithATarget()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = TestModels.Random(TestModels.Config());
        using var scope = torch.NewDisposeScope();
        var sequences = new TokenSequences(
            "s", [[1, 2, 3, 4], [5, 6], [7, 8, 9, 0], [2]], [[-1, 4, -1, 7], [3, -1], [-1, -1, -1, -1], [1]]);
        var found = TaskMetric.Over(model, sequences);
        Assert.Equal([2, 1, 1], found.PositionsBySequence);
        double first = (Loss([1, 2, 3, 4], 1, 4) + Loss([1, 2, 3, 4], 3, 7)) / 2, second = Loss([5, 6], 0, 3), last = Loss([2], 0, 1);
        Assert.Equal(first, found.LossBySequence[0], 1e-4);
        Assert.Equal(second, found.LossBySequence[1], 1e-4);
        Assert.Equal(last, found.LossBySequence[2], 1e-4);
        Assert.Equal(((2 * first) + second + last) / 4, found.Loss, 1e-4);
        Assert.All(found.AccuracyBySequence, share => Assert.InRange(share, 0, 1));
        // What the model itself chooses is right everywhere.
        var own = new TokenSequences("s", [[1, 2, 3]], [[First([1, 2, 3], 0), -1, First([1, 2, 3], 2)]]);
        Assert.Equal((1, 2), (TaskMetric.Over(model, own).Accuracy, TaskMetric.Over(model, own).Positions));

        double Loss(long[] tokens, int position, int target)
        {
            using var pass = model.Run(torch.tensor(tokens, [1, tokens.Length]), ForwardParts.Logits);
            return -torch.nn.functional.log_softmax(pass.Logits[0, position], 0)[target].item<float>();
        }

        int First(long[] tokens, int position)
        {
            using var pass = model.Run(torch.tensor(tokens, [1, tokens.Length]), ForwardParts.Logits);
            return (int)pass.Logits[0, position].argmax().item<long>();
        }
    }

    [Fact]
    public void Over_NoTargetsOrOtherTokens_Refuses()
    {
        NativeFiles.SkipWithoutBackend();
        using var model = TestModels.Random(TestModels.Config());
        Assert.Contains("no targets", Assert.Throws<ArgumentException>(() => TaskMetric.Over(model, new("s", [[1]]))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TaskMetric.Over(model, new("s", [[1000]], [[1]])));
        Assert.Throws<ArgumentException>(() => TaskMetric.Over(model, new("s", [[1]], [[1000]])));
    }

    // Losses are PyTorch's, of a forward pass in a few lines from the file's tensors.
    [Fact]
    public void Over_FirstUniqueChar_AreThoseOfPyTorch()
    {
        NativeFiles.SkipWithoutBackend();
        var checkpoint = TransformerCheckpoint.Load(
            SharedFiles.PathOf("models", "real", "arena", "august23_unique_char-first_unique_char_model.pt"));
        using var model = Transformer.FromWeights(checkpoint.Weights);
        var sequences = Sequences();
        var found = TaskMetric.Over(model, sequences);
        double[] expected = [0.735753, 0.007369, 0.301711, 0.044124, 0.444329, 0.108089, 0.279941, 0.040431];
        Assert.All(expected.Zip(found.LossBySequence), both => Assert.Equal(both.First, both.Second, 2e-4));
        Assert.Equal([0.75, 1, 1, 1, 0.95, 0.95, 0.95, 1], found.AccuracyBySequence);
        var without = TaskMetric.Over(model, sequences, HeadInterventions.None.ZeroAblate(new HeadIndex(0, 0), new HeadIndex(0, 2)));
        Assert.True(without.Accuracy < found.Accuracy - 0.2);
    }

    private static TokenSequences Sequences()
    {
        int[][] letters = [.. Enumerable.Range(0, 8).Select(s => (int[])
            [Start, .. Enumerable.Range(0, 19).Select(i => ((i * i) + (3 * i) + (s * i) + s) % 10)])];
        return new("letters", letters, [.. letters.Select(Targets)]);
    }

    // At each position the first letter that stands once so far, else the start.
    private static int[] Targets(int[] sequence) => [.. sequence.Select((_, position) =>
    {
        int[] before = sequence[1..(position + 1)];
        return before.Where(letter => before.Count(other => other == letter) == 1).DefaultIfEmpty(Start).First();
    })];
}
