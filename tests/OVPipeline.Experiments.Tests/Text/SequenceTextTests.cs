using OVPipeline.Core;
using OVPipeline.Torch;
using Xunit;

namespace OVPipeline.Experiments.Tests;

public sealed class SequenceTextTests
{
    [Fact]
    public void Of_Targets_AreRunAsTheyStand()
    {
        var text = ModelText.Of(Sequences(50, targets: true));
        Assert.Equal((40, 10, 29), (text.TrainingSequences!.Sequences.Count, text.ValidationSequences!.Sequences.Count, text.Separator));
        Assert.Equal("the first four fifths of letters", text.TrainingSource);
        var blocks = new TextBlocks(text.ValidationSequences, 48);
        Assert.Equal((2, 5 * 9), (blocks.Count, blocks.Tokens));
        Assert.Equal([0, 0], blocks.Books);
        TorchLibrary.EnsureLoaded();
        var (inputs, targets) = blocks[1];
        Assert.Equal(Second(text.ValidationSequences.Sequences), inputs.data<long>().ToArray());
        Assert.Equal(Second(text.ValidationSequences.Targets!), targets.data<long>().ToArray());
        Assert.NotEqual(text.Digest(), ModelText.Of(Sequences(50, targets: false)).Digest());

        static IEnumerable<long> Second(IEnumerable<int[]> rows) => rows.Skip(5).SelectMany(row => row).Select(id => (long)id);
    }

    [Fact]
    public void Of_NoTargets_AreTheNextTokens()
    {
        var sequences = Sequences(50, targets: false);
        var text = ModelText.Of(sequences);
        Assert.Equal(sequences.Sequences[0][..^1], text.TrainingSequences!.Sequences[0]);
        Assert.Equal(sequences.Sequences[0][1..], text.TrainingSequences.Targets![0]);
    }

    [Fact]
    public void Of_WhatExperimentsCannotTake_SaysWhy()
    {
        Says("one length", new("s", [[1, 2], [1, 2, 3]]));
        Says("leave some out", new("s", [[1, 2], [3, 4]], [[1, -1], [1, 2]]));
        Says("one token", new("s", [[1], [2]]));
        Says("at least 64", Sequences(9, targets: true));

        static void Says(string said, TokenSequences sequences) => Assert.Contains(
            said, Assert.Throws<ArgumentException>(() => ModelText.Of(sequences)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_PutItBackOnSequences_JudgesTheirTargets()
    {
        var model = TinyForward.Model();
        var laboratory = new Laboratory(model, LaboratoryOptions.Quick, ModelText.Of(Sequences(100, targets: true)));
        var experiment = new PutItBack(PutItBackOptions.Quick);
        Assert.Null(experiment.Unavailable(laboratory));
        var result = experiment.Run(laboratory);
        Assert.NotEmpty(result.ToSection().Tables);
        Assert.All(laboratory.Counts!.ById.Take(29), count => Assert.True(count > 0));
    }

    // Of 30 tokens; each sequence starts with 29.
    private static TokenSequences Sequences(int count, bool targets)
    {
        var random = new Random(1);
        int[][] ids = [.. Enumerable.Range(0, count).Select(_ => (int[])[29, .. Enumerable.Range(0, 8).Select(_ => random.Next(29))])];
        return new("letters", ids, targets ? [.. ids.Select(row => row.Select(id => (id + 1) % 30).ToArray())] : null);
    }
}
