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
        var result = new AttentionOnlyTrainer(TrainingFixture.Options with { Tokens = 300 * 64, LearningRate = 0.02 }).Fit(model, _fixture.Data(), output, reports);
        Assert.Equal((300, 300 * 64), (result.Steps, result.Tokens));
        Assert.InRange(result.ValidationLoss, 1, 0.75 * Math.Log(TrainingFixture.Vocabulary));
        Assert.Equal(300, reports.All.Count);
        string[] lines = File.ReadAllLines(Path.Combine(output.Folder.Path, "log.csv"));
        Assert.Equal(31, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0].Split(',').Length, line.Split(',').Length));
        using var saved = AttentionOnlyTransformer.Load(Path.Combine(output.Folder.Path, "model"));
        Assert.Equal(TrainingFixture.AllWeights(model), TrainingFixture.AllWeights(saved));
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
            Assert.Throws<OperationCanceledException>(() => new AttentionOnlyTrainer(options).Fit(model, _fixture.Data(), output, new Reports(stop, 17), stop.Token));
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
        var before = model.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter.detach().clone());
        new AttentionOnlyTrainer(TrainingFixture.Options with { OnlyCircuits = [new(new HeadIndex(1, 2)), new(new HeadIndex(1, 0), 3)] }).Fit(model, _fixture.Data());
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
            Assert.Throws<OperationCanceledException>(() => new AttentionOnlyTrainer(TrainingFixture.Options).Fit(model, _fixture.Data(), output, new Reports(stop, 10), stop.Token));
        string kept = Assert.Single(output.Folder.Folders);
        var checkpoint = output.Folder.LoadLast();
        float[] good = TrainingFixture.AllWeights(checkpoint.Model);
        using (no_grad())
            checkpoint.Model.Weight("unembed.W_U").fill_(float.NaN);
        var error = Assert.Throws<TrainingDivergedException>(() => new AttentionOnlyTrainer(TrainingFixture.Options).Resume(checkpoint, _fixture.Data(), output));
        Assert.Contains("step 11", error.Message, StringComparison.Ordinal);
        Assert.Contains(kept, error.Message, StringComparison.Ordinal);
        Assert.Equal([kept], output.Folder.Folders);
        Assert.Equal(good, TrainingFixture.AllWeights(output.Folder.LoadLast().Model));
    }

    private static string[][] Losses(TrainingOutput output) =>
        [.. File.ReadAllLines(Path.Combine(output.Folder.Path, "log.csv")).Select(line => line.Split(',')).Select(cells => (string[])[cells[0], cells[3], cells[4], .. cells[7..]])];
}
