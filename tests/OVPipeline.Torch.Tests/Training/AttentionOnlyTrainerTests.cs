using OVPipeline.Core;
using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

public sealed class AttentionOnlyTrainerTests : IDisposable
{
    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Fit_PatternedTokens_LearnsAndLogs()
    {
        using var model = TrainingFixture.Model();
        var output = _fixture.Output("run");
        var reports = new Reports();
        var result = new AttentionOnlyTrainer(TrainingFixture.Options with { Tokens = 300 * 64, LearningRate = 0.02 })
            .Fit(model, _fixture.Data(), output, reports);
        Assert.Equal((300, 300 * 64), (result.Steps, result.Tokens));
        Assert.InRange(result.ValidationLoss, 1, 0.75 * Math.Log(TrainingFixture.Vocabulary));
        Assert.Equal(300, reports.All.Count);
        string[] lines = File.ReadAllLines(Path.Combine(output.Folder.Path, "log.csv"));
        Assert.Equal(31, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
        using var saved = Transformer.Load(Path.Combine(output.Folder.Path, "model"));
        Assert.Equal(TrainingFixture.AllWeights(model), TrainingFixture.AllWeights(saved));
    }

    [Fact]
    public void Fit_BidirectionalModel_IsRefused()
    {
        using var model = new Transformer(TrainingFixture.Config with { Bidirectional = true });
        var error = Assert.Throws<ArgumentException>(() => new AttentionOnlyTrainer(TrainingFixture.Options).Fit(model, _fixture.Data()));
        Assert.Contains("both directions", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Resume_AfterCancel_SameBitsAsUninterrupted(int threads)
    {
        var options = TrainingFixture.Options with { Threads = threads, RepeatWeight = 3, DecayFrom = 0.5 };
        using var whole = TrainingFixture.Model();
        var wholeOutput = _fixture.Output("whole");
        new AttentionOnlyTrainer(options).Fit(whole, _fixture.Data(), wholeOutput);

        var output = _fixture.Output("parts");
        using var model = TrainingFixture.Model();
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(
                () => new AttentionOnlyTrainer(options).Fit(model, _fixture.Data(), output, new Reports(stop, 17), stop.Token));
        var checkpoint = output.Folder.LoadLast();
        Assert.Equal(17, checkpoint.State.Step);
        var result = new AttentionOnlyTrainer(options).Resume(checkpoint, _fixture.Data(), output);
        Assert.Equal(40, result.Steps);
        Assert.Equal(TrainingFixture.AllWeights(whole), TrainingFixture.AllWeights(checkpoint.Model));
        Assert.Equal(Losses(wholeOutput), Losses(output));
        checkpoint.Model.Dispose();
    }

    [Fact]
    public void Fit_OnlyCircuits_MovesTheirValueAndOutputWeightsAlone()
    {
        using var model = TrainingFixture.Model();
        using var scope = NewDisposeScope();
        var before = model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter.detach().clone());
        new AttentionOnlyTrainer(TrainingFixture.Options with { OnlyCircuits = [new(new HeadIndex(1, 2)), new(new HeadIndex(1, 0), 3)] })
            .Fit(model, _fixture.Data());
        foreach (var (name, value) in model.named_parameters())
        {
            var moved = (value - before[name]).abs();
            if (name is not ("blocks.1.attn.W_V" or "blocks.1.attn.W_O"))
            {
                Assert.Equal(0, moved.max().item<float>());
                continue;
            }
            int rankDimension = name.EndsWith('V') ? 1 : 0;
            Assert.Equal(0, moved[1].max().item<float>());
            Assert.True(moved[2].min().item<float>() > 0);
            Assert.True(moved[0].narrow(rankDimension, 0, 3).min().item<float>() > 0);
            Assert.Equal(0, moved[0].narrow(rankDimension, 3, 5).max().item<float>());
        }
    }

    [Fact]
    public void Resume_LossThatIsNotFinite_StopsAndKeepsTheLastGoodState()
    {
        using var model = TrainingFixture.Model();
        var output = _fixture.Output("run");
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(() =>
                new AttentionOnlyTrainer(TrainingFixture.Options).Fit(model, _fixture.Data(), output, new Reports(stop, 10), stop.Token));
        string kept = Assert.Single(output.Folder.Folders);
        var checkpoint = output.Folder.LoadLast();
        float[] good = TrainingFixture.AllWeights(checkpoint.Model);
        using (no_grad())
        using (var nan = Scalars.Of(double.NaN))
            checkpoint.Model.Weight("unembed.W_U").fill_(nan);
        var error = Assert.Throws<TrainingDivergedException>(
            () => new AttentionOnlyTrainer(TrainingFixture.Options).Resume(checkpoint, _fixture.Data(), output));
        Assert.Contains("step 11", error.Message, StringComparison.Ordinal);
        Assert.Contains(kept, error.Message, StringComparison.Ordinal);
        Assert.Equal([kept], output.Folder.Folders);
        Assert.Equal(good, TrainingFixture.AllWeights(output.Folder.LoadLast().Model));
    }

    [Fact]
    public void Resume_OtherData_SaysWhatDiffers()
    {
        using var model = TrainingFixture.Model();
        var output = _fixture.Output("run");
        new AttentionOnlyTrainer(TrainingFixture.Options).Fit(model, _fixture.Data(), output);
        var more = new AttentionOnlyTrainer(TrainingFixture.Options with { Tokens = 80 * 64 });
        var longer = Assert.Throws<ArgumentException>(() => more.Resume(output.Folder.LoadLast(), _fixture.Data(6000)));
        Assert.Contains("are not those of the run", longer.Message, StringComparison.Ordinal);
        var other = new TrainingData(new TokenMixture(_fixture.File("o.tokens", 500, 1, tokenizer: 9)));
        var otherwise = Assert.Throws<ArgumentException>(() => more.Resume(output.Folder.LoadLast(), other));
        Assert.Contains("another tokenizer", otherwise.Message, StringComparison.Ordinal);
        var circuits = new AttentionOnlyTrainer(TrainingFixture.Options with { Tokens = 80 * 64, Frozen = ["embed."] });
        circuits.Resume(output.Folder.LoadLast(), _fixture.Data()); // fewer parameters: their state is there
        Assert.Equal(80, more.Resume(output.Folder.LoadLast(), _fixture.Data()).Steps);
    }

    [Fact]
    public void Resume_StateOfFewerParameters_NamesWhatIsMissing()
    {
        using var model = TrainingFixture.Model();
        var output = _fixture.Output("run");
        new AttentionOnlyTrainer(TrainingFixture.Options with { Frozen = ["embed.W_E"] }).Fit(model, _fixture.Data(), output);
        var error = Assert.Throws<OVPipeline.Checkpoints.CheckpointException>(
            () => new AttentionOnlyTrainer(TrainingFixture.Options).Resume(output.Folder.LoadLast(), _fixture.Data()));
        Assert.Contains("mean.embed.W_E", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_ModelAndDataThatDoNotFit_SaysWhy()
    {
        using var model = TrainingFixture.Model();
        var data = _fixture.Data();
        var options = TrainingFixture.Options;
        void Refused(string expected, TrainingOptions with, TrainingData on)
        {
            var error = Assert.ThrowsAny<Exception>(() => new AttentionOnlyTrainer(with).Fit(model, on));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
        Refused("at most the model's n_ctx 16, was 17", options with { Context = 17 }, data);
        Refused("has 100 tokens, the model's W_E 61 rows", options,
            new(new TokenMixture(_fixture.File("big.tokens", 500, 1, vocabulary: 100))));
        Refused("different tokenizers", options, data with { Validation = _fixture.File("w.tokens", 500, 1, tokenizer: 9) });
        Refused("has 10 tokens, fewer than one window of 16", options, new(new TokenMixture(_fixture.File("tiny.tokens", 10, 1))));
        Refused("has 11 tokens, fewer than one window of 16", options, data with { Validation = _fixture.File("tiny2.tokens", 11, 1) });
        Refused("LearningRate must be positive, was -1", options with { LearningRate = -1 }, data);
        Refused("'blocks.7' is no parameter", options with { Frozen = ["blocks.7"] }, data);
        Refused("every parameter is frozen", options with { Frozen = [""] }, data);
        Refused("Head 1.3 does not exist", options with { OnlyCircuits = [new(new HeadIndex(1, 3))] }, data);
        Refused("in [1, 8], was 9 for head 1.0", options with { OnlyCircuits = [new(new HeadIndex(1, 0), 9)] }, data);
    }

    [Fact]
    public void Fit_ShorterContextAndFewerThreads_LeavesThreadsAsTheyWere()
    {
        using var model = TrainingFixture.Model();
        using var scope = NewDisposeScope();
        int threads = get_num_threads();
        var before = model.Weight("pos_embed.W_pos").detach().clone();
        new AttentionOnlyTrainer(TrainingFixture.Options with { Context = 8, WeightDecay = 0, Tokens = 320 }).Fit(model, _fixture.Data());
        Assert.Equal(threads, get_num_threads());
        var moved = (model.Weight("pos_embed.W_pos") - before).abs().sum(dim: 1).data<float>().ToArray();
        Assert.All(moved[..8], row => Assert.True(row > 0));
        Assert.All(moved[8..], row => Assert.Equal(0, row));
    }

    [Theory]
    [InlineData("1.4", 1, 4, null)]
    [InlineData("1.10:8", 1, 10, 8)]
    public void TrainedCircuit_Parse_ReadsWhatItWrites(string text, int layer, int head, int? rank)
    {
        Assert.Equal(new TrainedCircuit(new HeadIndex(layer, head), rank), TrainedCircuit.Parse(text));
        Assert.Equal(text, TrainedCircuit.Parse(text).ToString());
        Assert.Throws<FormatException>(() => TrainedCircuit.Parse(text + ":x"));
    }

    private static string[][] Losses(TrainingOutput output) =>
        [.. File.ReadAllLines(Path.Combine(output.Folder.Path, "log.csv")).Select(line => line.Split(','))
            .Select(cells => (string[])[cells[0], cells[3], cells[4], .. cells[7..]])];
}
