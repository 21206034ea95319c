using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Reporting;
using OVPipeline.Torch;
using TorchSharp;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

/// <summary>The behaviour experiments on models with layer norms, the norm before the unembedding held at each position's scale.</summary>
public sealed class NormScaleTests : IDisposable
{
    private static readonly HeadIndex[] s_both = [A, B];
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-norms-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(NormalizationKind.LN)]
    [InlineData(NormalizationKind.LNPre)]
    public void Judge_OriginalAtItsOwnScale_HasTheModelsLoss(NormalizationKind kind)
    {
        var text = Pair(Model(biases: true, kind));
        foreach (HeadIndex[] place in new HeadIndex[][] { [A], [B], s_both })
        {
            var own = place.Select(head => new PatternCircuit(head, text.Own(head)));
            var original = new PutBackArm(place, PutBackArmName.Original, 4, () => [.. own]);
            Equal(Losses(text), PutBackOutcome.Judge(text, original, factor: 1).Losses);
        }
        Equal(Losses(text), CopySplit.Measure(text, s_both).Full);
    }

    [Fact]
    public void Written_NormHeld_IsWhatTheForwardPassWritesAtEachPositionsScale()
    {
        var text = Pair(Model(biases: true, NormalizationKind.LN));
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var block = text.Validation[0];
        var raw = text.Forward.Weights.Model;
        using var pass = text.Forward.Module.Run(block.Inputs, ForwardParts.HeadOutputs);
        torch.Tensor Raw(WeightKind kind, HeadIndex head) => raw.Read(kind, head).ToTensor();

        // What the head's value bias and the norm's bias write is the same at every position, and left to the rest.
        var value = Raw(WeightKind.ln1_b, new(1, 0)).matmul(raw.W_V(A).ToTensor()).Plus(Raw(WeightKind.b_V, A));
        var written = (pass.HeadOutputs[1].select(2, A.Head) - value.matmul(raw.W_O(A).ToTensor())).reshape(-1, 12);
        var heads = pass.HeadOutputs[0].sum(2).Plus(pass.HeadOutputs[1].sum(2));
        var biases = Raw(WeightKind.b_O, new(0, 0)).Plus(Raw(WeightKind.b_O, new(1, 0)));
        var stream = pass.Embedded.Plus(heads).Plus(biases).reshape(-1, 12);
        var sigma = stream.var(1, unbiased: false, keepdim: true).Plus(1e-5).sqrt();
        var gain = raw.Read(WeightKind.ln_final_w).ToTensor();
        var expected = ((written - written.mean([1L], keepdim: true)) / sigma * gain).matmul(raw.W_U.ToTensor());
        var actual = block.Written([new(A, text.Own(A))]).matmul(text.Forward.Weights.W_U.ToTensor());
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-4);
        Assert.True(expected.abs().max().item<float>() > 0.1);
    }

    [Fact]
    public void Parts_NormHeld_SumToWhatTheHeadsAddAndTheDiagonalIsAttentionAtBothScales()
    {
        var text = Pair(Model(biases: true, NormalizationKind.LN));
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var block = text.Validation[0];
        var parts = CopySplit.Parts(text, block, [A]);
        var whole = block.Written([new(A, text.Own(A))]).matmul(text.Forward.Weights.W_U.ToTensor());
        Assert.InRange((parts.Diagonal.Plus(parts.OffDiagonal).Plus(parts.Composed) - whole).abs().max().item<float>(), 0, 1e-4);

        // By a circuit at scales measured where they are needed: one source position, one position that attends.
        const int Row = 2, Position = 7, Source = 4;
        var tokens = block.Inputs.narrow(0, Row, 1);
        using var pass = text.Forward.Module.Run(tokens, ForwardParts.Streams | ForwardParts.Patterns);
        float before = text.Forward.Module.InverseSigma(pass.Streams[1])[0, Source, 0].item<float>();
        float after = text.Forward.Module.InverseSigma(pass.Streams[2])[0, Position, 0].item<float>();
        float[] Fixed(float scale) => [.. Enumerable.Repeat(scale, 30)];
        var scales = new NormScales("of two positions", [Fixed(1), Fixed(before)], Fixed(after), Fixed(1));
        var circuit = TokenCircuit.OfHeads(text.Forward.Weights.Model.WithNormScales(scales), A);
        int token = (int)tokens[0, Source].item<long>();
        float expected = circuit.Logits.ToMatrix()[token, token] * pass.Patterns[1][0, A.Head, Position, Source].item<float>();
        float others = Enumerable.Range(0, Position + 1).Count(at => tokens[0, at].item<long>() == token) - 1;
        Assert.Equal(0, others); // or the diagonal holds more than this source
        Assert.Equal(expected, parts.Diagonal[(Row * tokens.shape[1]) + Position, token].item<float>(), 1e-4);
    }

    [Fact]
    public void Hold_LayerNorm_MeasuresOnTextAndReadsByTheLayerOfTheBestPair()
    {
        var model = Model(biases: true, NormalizationKind.LN);
        var held = MeasuredNorms.Hold(model, Options(), Text(), default);
        Assert.Contains("positions of training", held.Weights.NormScales!.Source, StringComparison.Ordinal);
        Assert.True(held.Weights.LogitsAtModelScale);
        int Top1(HeadIndex a, HeadIndex b) => CpuEngine.Shared
            .ScoreVocabulary(TokenCircuit.OfHeads(held.Weights, a, b), new() { LabelRank = true })
            .LabelRanks.Count(rank => rank == 1);
        int[] best = [.. Enumerable.Range(0, 2).Select(layer => model.Weights.Config.HeadsOf(layer))
            .Select(heads => heads.SelectMany(a => heads.Where(b => b.Head > a.Head).Select(b => Top1(a, b))).Max())];
        Assert.Equal(best.Max(), best[held.Weights.ReadingLayer]);
        var bare = Model();
        Assert.Same(bare, MeasuredNorms.Hold(bare, Options(), Text(), default));
        var noText = Options() with { Text = _folder };
        string message = Assert.Throws<ArgumentException>(() => MeasuredNorms.Hold(model, noText)).Message;
        Assert.Contains("lone-embedding needs weights alone", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_LayerNormHeld_GivesWholeSectionsThatSayWhatIsHeld()
    {
        var model = MeasuredNorms.Hold(Model(biases: true, NormalizationKind.LN), Options(), Text(), default);
        var laboratory = NewLaboratory(model);
        foreach (var experiment in Named("put-back", "roles", "patterns"))
        {
            Assert.Null(experiment.Unavailable(laboratory));
            var section = experiment.Run(laboratory).ToSection();
            Assert.Contains(section.Notes, note => note.Title is "The norm's scale" or "The model after the heads");
            Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
        }
        Assert.NotNull(laboratory.MeanEmbedding);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Save_LayerNorms_MarksLogLossesAndNormsUnlessHeld(bool held)
    {
        var raw = Model(biases: true, NormalizationKind.LN);
        var model = held ? MeasuredNorms.Hold(raw, Options(), Text(), default) : raw;
        var laboratory = NewLaboratory(model);
        var found = new Reproduction(ReproductionOptions.Quick).Run(laboratory);
        Assert.Equal(held, found.MeanEmbedding is not null);
        Assert.Equal(held, found.Circuits.Any(circuit => circuit.FromMeanEmbedding is not null));
        var report = ClaimReport.Of(laboratory, [new(Reproduction.Description, found, null)]);
        report.Save(_folder);
        Assert.All(new[] { "circuits", "heads" }, id =>
        {
            var table = report.Sections[0].Tables.Single(table => table.Id == id);
            Assert.Equal(!held, table.Columns.Any(column => column.Name == "log loss *"));
            Assert.Equal(!held, table.Note?.Contains("* Not at the model's scale", StringComparison.Ordinal) ?? false);
            string header = File.ReadLines(Path.Combine(_folder, "tables", id + ".csv")).First();
            Assert.Equal(!held, header.EndsWith(",at_model_scale", StringComparison.Ordinal));
            Assert.Contains(",log_loss,", header, StringComparison.Ordinal);
        });
        Assert.Equal(!held, Saved("report.html").Contains("log loss *", StringComparison.Ordinal));
        Assert.Equal(!held, Saved("results.json").Contains("at the model", StringComparison.Ordinal));

        string Saved(string file) => File.ReadAllText(Path.Combine(_folder, file));
    }

    [Fact]
    public void Reproduction_MeanEmbeddings_AreReadByAllButTheDirectPathOfNorms()
    {
        var model = MeasuredNorms.Hold(Model(biases: true, NormalizationKind.LN), Options(), Text(), default);
        var laboratory = NewLaboratory(model);
        var found = new Reproduction(ReproductionOptions.Quick).Run(laboratory);
        Assert.Equal((1, ""), (found.MeanEmbedding!.Layer, found.NoMeanEmbedding));
        Assert.All(found.Circuits, circuit => Assert.Equal(circuit.Row.Kind == CircuitKind.Direct, circuit.FromMeanEmbedding is null));
        Assert.All(found.Circuits, circuit => Assert.Equal(Reads(circuit.Row), circuit.Comparable));
        var best = TokenCircuit.OfHeads(model.Weights, found.Heads[0].Heads).Reading(laboratory.MeanEmbedding!.Residual);
        Assert.Equal(laboratory.Copying.Circuit(CircuitKind.Head, "x", best).LogLoss, found.Head.FromMeanEmbedding!.LogLoss);

        bool Reads(CopyingRow row) => row.Kind == CircuitKind.Trained || KnownFactors.CouldBe(model.Weights, row.Heads);
    }

    [Fact]
    public void Unavailable_LayerNormNotHeld_NamesTheOption()
    {
        var laboratory = NewLaboratory(Model(normalization: NormalizationKind.LN));
        Assert.Contains("--norm-scales", Named("dynamics").Single().Unavailable(laboratory), StringComparison.Ordinal);
        Assert.All(Named("put-back", "roles", "patterns"), one => Assert.Null(one.Unavailable(laboratory)));
        var found = new PutItBack(PutItBackOptions.Quick).Run(laboratory);
        Assert.Contains("--norm-scales", found.NoCopiers, StringComparison.Ordinal);
        Assert.DoesNotContain(found.Rows, row => row.Arm.Contains("trained", StringComparison.Ordinal));
        Assert.Contains(found.ToSection().Notes, note => note.Title == "No trained copiers");
        Assert.Contains("--norm-scales", laboratory.NoMeanEmbedding, StringComparison.Ordinal);
    }

    [Fact]
    public void MeanEmbedding_NormsHeld_IsWhatTheNormGivesTimesTheOutputsScale()
    {
        var model = MeasuredNorms.Hold(Model(biases: true, NormalizationKind.LN), Options(), Text(), default);
        var forward = ForwardOf(model);
        var means = forward.MeanEmbedding();
        // Every window starts with the separator, which attends to itself alone: it reads the same everywhere.
        using var scope = torch.NewDisposeScope();
        using var pass = forward.Module.Run(torch.tensor(new long[] { 0 }, [1, 1]), ForwardParts.Streams);
        double[] stream = pass.Streams[1].Values();
        double mean = stream.Average(), sigma = Math.Sqrt(stream.Average(value => Math.Pow(value - mean, 2)) + 1e-5);
        double output = model.Weights.NormScales!.Output[0];
        double[] row = [.. means.Residual.Row(0).ToArray().Select(value => (double)value)];
        Equal([.. stream.Select(value => (value - mean) / sigma * output)], row, 1e-4);
    }

    private static IExperiment[] Named(params string[] names) =>
        [.. ClaimExperiments.All(quick: true).Where(experiment => names.Contains(experiment.Info.Name))];
}
