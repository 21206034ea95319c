using OVPipeline.Checkpoints;
using OVPipeline.Core;
using TorchSharp;
using Xunit;

namespace OVPipeline.Torch.Tests;

public sealed class BehaviourProbeTests
{
    private static readonly BehaviourOptions s_distinct = new()
    {
        RandomTokens = [.. Enumerable.Range(0, InductionModel.V)],
        RepeatedLength = 6,
        Sequences = 30,
        Seed = 3,
    };

    [Fact]
    public void Measure_InductionCircuit_ScoresNearOne()
    {
        NativeFiles.SkipWithoutBackend();
        var checkpoint = InductionModel.Make();
        using var model = Transformer.FromWeights(checkpoint.Weights);
        var behaviour = new BehaviourProbe(checkpoint, s_distinct).Measure(model);
        Assert.Equal([new HeadIndex(0, 0), new HeadIndex(1, 0)], behaviour.Heads.Select(head => head.Head));
        Assert.InRange(behaviour.Heads[0].PreviousTokenScore, 0.99, 1);
        Assert.InRange(behaviour.Heads[0].InductionScore, 0, 0.01);
        Assert.InRange(behaviour.Heads[1].InductionScore, 0.85, 1); // tokens that are drawn twice share the weight
        Assert.InRange(behaviour.RepeatAccuracy, 0.85, 1);
        Assert.Equal(30, behaviour.RepeatAccuracyBySequence.Count);
        Assert.Equal(30, behaviour.Heads[1].InductionBySequence.Count);
        Assert.Contains(1.0, behaviour.RepeatAccuracyBySequence);
        Assert.True(double.IsNaN(behaviour.ValidationLoss) && double.IsNaN(behaviour.NameAccuracy));
    }

    [Fact]
    public void Measure_BidirectionalModel_TellsWhatItAttendsToAndPredictsNothing()
    {
        using var model = TestModels.Random(TestModels.Config() with { Bidirectional = true });
        var checkpoint = new TransformerCheckpoint(model.Weights, new Vocabulary([.. Enumerable.Range(0, 23).Select(i => $"t{i}")]));
        var behaviour = new BehaviourProbe(checkpoint, new()).Measure(model);
        Assert.Empty(behaviour.RepeatAccuracyBySequence);
        Assert.Empty(behaviour.NameRepeated);
        Assert.All(behaviour.Heads, head => Assert.InRange(head.DuplicateTokenScore, 1e-6, 1));
    }

    [Fact]
    public void Measure_WithoutThePreviousTokenHead_InductionIsGone()
    {
        NativeFiles.SkipWithoutBackend();
        var checkpoint = InductionModel.Make();
        using var model = Transformer.FromWeights(checkpoint.Weights);
        var probe = new BehaviourProbe(checkpoint, s_distinct);
        var ablated = probe.Measure(model, HeadInterventions.None.ZeroAblate(new HeadIndex(0, 0)));
        Assert.InRange(ablated.Heads[1].InductionScore, 0.05, 0.2); // even weights over 8 to 13 positions
        Assert.InRange(ablated.RepeatAccuracy, 0, 0.2);
        Assert.Equal("changed: 0.0", ablated.Condition);
        Assert.True(ablated.RepeatLoss > probe.Measure(model).RepeatLoss + 1);
    }

    [Fact]
    public void Measure_Text_LossIsThatOfItsWindows()
    {
        using var model = EmbeddedModel.Load();
        using var scope = torch.NewDisposeScope();
        var checkpoint = TransformerCheckpoint.Load(EmbeddedModel.Folder);
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, Enumerable.Range(0, 60).SelectMany(i => new[]
            {
                $"The {i} cats of Mrs. Brown sat on the mat, and the dog looked at them with great interest for a long time.",
                "",
            }));
            var probe = new BehaviourProbe(checkpoint, new() { Text = new(file), Windows = 3, Sequences = 2, NameSentences = 20 });
            var behaviour = probe.Measure(model);
            using var pass = model.Run(probe.Text!.Inputs(0, 3), ForwardParts.Logits | ForwardParts.Patterns);
            var expected = torch.nn.functional.cross_entropy(pass.Logits.view(-1, 3142), probe.Text.Targets(0, 3).flatten());
            Assert.Equal(expected.item<float>(), behaviour.ValidationLoss, 1e-4);
            Assert.Equal(3, behaviour.LossByWindow.Count);
            double previous = Enumerable.Range(2, 254).Average(t => pass.Patterns[0][0, 1, t, t - 1].item<float>());
            Assert.Equal(previous, behaviour.Heads[1].PreviousTokenByWindow[0], 1e-5);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void NameSentences_EmbeddedTokenizer_SurnameFollowedTheFirstNameBefore()
    {
        var encoding = TextEncoding.Of(TransformerCheckpoint.Load(EmbeddedModel.Folder));
        var sentences = NameSentences.Of(encoding, 100, 256, 1)!.Sentences;
        Assert.Equal(100, sentences.Count);
        foreach (var (tokens, next) in sentences)
        {
            Assert.Equal(3, tokens[0]);
            int name = tokens[^1], at = Array.IndexOf(tokens, name);
            Assert.InRange(at, 1, tokens.Length - 2);
            Assert.Contains(next, tokens);
            Assert.Contains(Enumerable.Range(0, tokens.Length - 1), i => tokens[i] == name && tokens[i + 1] == next);
        }
        Assert.Equal(sentences.Select(s => s.Next), NameSentences.Of(encoding, 100, 256, 1)!.Sentences.Select(s => s.Next));
        Assert.True(sentences.Select(s => string.Join(' ', s.Tokens)).Distinct().Count() > 90);
    }

    [Fact]
    public void Measure_Names_AreThoseOfEachSentenceAlone()
    {
        using var model = EmbeddedModel.Load();
        using var scope = torch.NewDisposeScope();
        var checkpoint = TransformerCheckpoint.Load(EmbeddedModel.Folder);
        var sentences = NameSentences.Of(TextEncoding.Of(checkpoint), 20, 256, 1)!.Sentences;
        bool[] expected = [.. sentences.Select(s => model.forward(
            torch.tensor(s.Tokens.Select(id => (long)id).ToArray()).unsqueeze(0))[0, s.Tokens.Length - 1].argmax().item<long>() == s.Next)];
        Assert.Equal(expected, new BehaviourProbe(checkpoint, new() { NameSentences = 20, Sequences = 1 }).Measure(model).NameRepeated);
    }

    [Fact]
    public void Measure_Cancelled_Stops()
    {
        NativeFiles.SkipWithoutBackend();
        var checkpoint = InductionModel.Make();
        using var model = Transformer.FromWeights(checkpoint.Weights);
        Assert.Throws<OperationCanceledException>(
            () => new BehaviourProbe(checkpoint, s_distinct).Measure(model, cancellationToken: new(canceled: true)));
    }

    [Fact]
    public void Constructor_OptionsThatDoNotFit_SaysWhich()
    {
        var checkpoint = InductionModel.Make();
        var ofText = Assert.Throws<ArgumentException>(() => new BehaviourProbe(checkpoint, new() { Text = new("x.txt") }));
        Assert.Contains("no tokenizer", ofText.Message, StringComparison.Ordinal);
        var ofTokens = Assert.Throws<ArgumentException>(() => new BehaviourProbe(checkpoint, new() { RandomTokens = [60] }));
        Assert.Contains("[0, 60)", ofTokens.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BehaviourProbe(checkpoint, new() { Sequences = 0 }));
        var embedded = TransformerCheckpoint.Load(EmbeddedModel.Folder);
        Assert.ThrowsAny<IOException>(() => new BehaviourProbe(embedded, new() { Text = new("/no/such/text.txt") }));
    }
}
