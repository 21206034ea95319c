using Xunit;
using static TorchSharp.torch;

namespace OVPipeline.Torch.Tests;

/// <summary>A run against one written out with autograd and torch's own AdamW; what it logs, and what it leaves on the disk.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private const int Steps = 12, RowEvery = 3, Batch = 4;
    private const int StepTokens = Batch * TrainingFixture.Context;

    // Every value is another than its default, and none stands for another.
    private static readonly TrainingOptions s_options = new()
    {
        Tokens = (Steps * StepTokens) - 5, // rounded up to whole steps
        BatchSize = Batch,
        LearningRate = 0.02,
        AttentionRate = 0.5,
        PositionRate = 2,
        WarmUpSteps = 4,
        DecayFrom = 0.5,
        LowestRate = 0.2,
        WeightDecay = 0.3,
        MeanDecay = 0.8,
        SquareDecay = 0.95,
        ClipNorm = 0.27, // gradients are from 0.25 to 0.38
        RepeatWeight = 3,
        Seed = 4,
        Threads = 1,
        LogTokens = RowEvery * StepTokens,
        ValidationWindows = 8,
    };

    private readonly TrainingFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Fit_EveryOptionSet_FollowsAPlainRun()
    {
        using var start = TrainingFixture.Model();
        using var model = TrainingFixture.Model();
        using var plain = TrainingFixture.Model();
        var data = _fixture.Data();
        var (losses, rates, norms) = PlainRun(plain, data);
        Assert.Contains(norms, norm => norm > s_options.ClipNorm);
        Assert.Contains(norms, norm => norm < s_options.ClipNorm);

        var reports = new Reports();
        var result = new AttentionOnlyTrainer(s_options).Fit(model, data, _fixture.Output("run"), reports);

        Assert.Equal((Steps, Steps * StepTokens), (result.Steps, result.Tokens));
        AssertNear(losses, reports.All.Select(report => report.Loss), 1e-4);
        AssertNear(rates, reports.All.Select(report => report.LearningRate), 1e-12);
        foreach (var (name, value) in model.named_parameters())
        {
            using var scope = NewDisposeScope();
            double moved = (plain.Weight(name) - start.Weight(name)).norm().item<float>();
            double off = (value - plain.Weight(name)).norm().item<float>();
            Assert.True(off < 1e-3 * moved, $"{name} is {off} from where it went by {moved}");
        }
    }

    [Fact]
    public void Fit_Rows_AreMeansSinceTheRowBefore()
    {
        using var model = TrainingFixture.Model();
        var reports = new Reports();
        new AttentionOnlyTrainer(s_options).Fit(model, _fixture.Data(), _fixture.Output("run"), reports);

        TrainingRow[] rows = [.. reports.All.Select(report => report.Row).OfType<TrainingRow>()];
        Assert.Equal([3, 6, 9, 12], rows.Select(row => row.Step));
        var (tokens, seconds) = (0L, 0.0);
        foreach (var row in rows)
        {
            var since = reports.All.Skip((int)row.Step - RowEvery).Take(RowEvery);
            Assert.Equal(since.Average(report => report.Loss), row.TrainLoss, 1e-9);
            Assert.Equal(since.Last().LearningRate, row.LearningRate);
            Assert.Equal((row.Tokens - tokens) / (row.Seconds - seconds), row.TokensPerSecond, 1e-6 * row.TokensPerSecond);
            (tokens, seconds) = (row.Tokens, row.Seconds);
        }
    }

    [Fact]
    public void Fit_Tokenizer_StandsBesideEveryModel()
    {
        string tokenizer = Path.Combine(_fixture.Folder, "any.model");
        File.WriteAllText(tokenizer, "pieces");
        using var model = TrainingFixture.Model();
        var output = _fixture.Output("run") with { SnapshotTokens = 5 * StepTokens, Tokenizer = tokenizer };
        new AttentionOnlyTrainer(s_options).Fit(model, _fixture.Data(), output);

        string[] copies = Directory.GetFiles(output.Folder.Path, "tokenizer.model", SearchOption.AllDirectories);
        Assert.Equal(
            ["checkpoints/step-000000012", "model", "snapshots/tokens-000000000320", "snapshots/tokens-000000000640"],
            copies.Select(file => Path.GetRelativePath(output.Folder.Path, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal));
        Assert.All(copies, file => Assert.Equal("pieces", File.ReadAllText(file)));
    }

    [Theory]
    [InlineData(0, new long[] { 1, 2, 3 })]
    [InlineData(1e9, new long[] { 3 })]
    public void Fit_Cancelled_SavesTheLastStepOnce(double minutes, long[] expected)
    {
        List<string> written = [];
        var folder = new TrainingFolder(Path.Combine(_fixture.Folder, "run")) { Written = written.Add };
        using var model = TrainingFixture.Model();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new AttentionOnlyTrainer(s_options).Fit(
            model, _fixture.Data(), new(folder) { CheckpointMinutes = minutes }, new Reports(stop, 3), stop.Token));

        Assert.Equal(expected.Length, written.Count(file => file == "optimizer.safetensors"));
        Assert.Equal(expected.Reverse().Select(step => $"step-{step:d9}"), folder.Folders.Select(Path.GetFileName));
    }

    private static (double[] Losses, double[] Rates, double[] Norms) PlainRun(Transformer model, TrainingData data)
    {
        using var kept = NewDisposeScope(); // what the optimizers keep from step to step
        var (losses, rates, norms) = (new double[Steps], new double[Steps], new double[Steps]);
        var batches = new BatchSequence(data.Training, TrainingFixture.Context, SplitMix64.Combine((ulong)s_options.Seed));
        var batch = new TokenBatch(Batch, TrainingFixture.Context);
        float[] weights = new float[StepTokens];
        var optimizers = model.named_parameters().Select(named => (Factor: FactorOf(named.name), Of: optim.AdamW(
            [named.parameter], lr: 1, beta1: s_options.MeanDecay, beta2: s_options.SquareDecay, weight_decay: s_options.WeightDecay)));
        var all = optimizers.ToArray();
        for (int step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            batches.Fill(batch);
            batch.WeighRepeats((float)s_options.RepeatWeight, weights, new int[TrainingFixture.Vocabulary]);
            Assert.Contains((float)s_options.RepeatWeight, weights);
            model.zero_grad();
            var logits = model.forward(tensor(batch.Inputs).view(Batch, -1)).view(StepTokens, -1);
            var each = nn.functional.cross_entropy(logits, tensor(batch.Targets), reduction: nn.Reduction.None);
            ((each * tensor(weights)).sum() / tensor(weights).sum()).backward();
            losses[step] = each.mean().item<float>();
            norms[step] = Math.Sqrt(model.parameters().Sum(p => Math.Pow(p.grad!.norm().item<float>(), 2)));
            rates[step] = RateOf(step);
            if (norms[step] > s_options.ClipNorm)
                foreach (var parameter in model.parameters())
                    parameter.grad!.copy_(parameter.grad!.Times(s_options.ClipNorm / norms[step]));
            foreach (var (factor, optimizer) in all)
            {
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = rates[step] * factor;
                optimizer.step();
            }
        }
        return (losses, rates, norms);
    }

    private static double FactorOf(string name)
    {
        if (name.StartsWith("blocks.", StringComparison.Ordinal))
            return s_options.AttentionRate;
        return name == "pos_embed.W_pos" ? s_options.PositionRate : 1;
    }

    // Up to the fourth step it rises, to the sixth it stands, then half a cosine from 0.02 to 0.004 would end at a thirteenth.
    private static double RateOf(int step)
    {
        if (step < 6)
            return 0.02 * Math.Min(1, (step + 1) / 4.0);
        return 0.004 + (0.016 * (1 + Math.Cos(Math.PI * (step - 6) / 6)) / 2);
    }

    private static void AssertNear(IEnumerable<double> expected, IEnumerable<double> actual, double tolerance)
    {
        double[] found = [.. actual];
        Assert.Equal(Steps, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }
}
