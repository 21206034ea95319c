using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class TokenBatchesTests
{
    [Fact]
    public void Of_SequencesOfSeveralLengths_GivesEachOnceWithinTheBudget()
    {
        NativeFiles.SkipWithoutBackend();
        TorchLibrary.EnsureLoaded();
        using var scope = torch.NewDisposeScope();
        int[][] sequences = [[1, 2, 3], [4], [5, 6, 7], [], [8, 9, 10], [11]];
        var batches = TokenBatches.Of(sequences, 6).ToArray();
        Assert.Equal(["1, 5", "0, 2", "4"], batches.Select(batch => string.Join(", ", batch.Sequences)));
        foreach (var (tokens, chosen) in batches)
            Assert.Equal(chosen.SelectMany(i => sequences[i]).Select(id => (long)id), tokens.flatten().data<long>().ToArray());
        Assert.Equal(5, TokenBatches.Of(sequences, 1).Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenBatches.Of(sequences, 0));
    }
}
