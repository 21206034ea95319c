using OVPipeline.Checkpoints;
using OVPipeline.Core;
using OVPipeline.Forward.Tests;
using OVPipeline.Torch;
using TorchSharp;
using Xunit;
using static OVPipeline.Experiments.Tests.TinyForward;

namespace OVPipeline.Experiments.Tests;

/// <summary>The behaviour experiments on small models of random weights in the names of many families, in every layer.</summary>
public sealed class AnyModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ovpipeline-any-").FullName;

    /// <summary>Causal families: layer and RMS norms before and after, rotary positions, ALiBi, grouped keys, windows, caps.</summary>
    public static TheoryData<string> Families =>
    [
        "gpt2", "gpt_neo", "gpt_neox", "gptj", "opt", "bloom", "llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3", "phi",
        "olmo2", "granite", "cohere", "falcon", "tl_gelu", "tl_relu_none", "tl_solu", "tl_attention_only_rotary",
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_OwnCircuitsPutBackInAnyLayer_AreTheModels(string family)
    {
        var forward = Forward(family);
        for (int layer = 0; layer < forward.Config.Layers; layer++)
        {
            var (a, b) = (new HeadIndex(layer, 0), new HeadIndex(layer, 1));
            var text = forward.Pair(a, b);
            PatternCircuit[] own = [new(a, text.Own(a)), new(b, text.Own(b))];
            Equal(Losses(text), text.Losses(block => block.Rest.Plus(block.Written(own))), 2e-4);
            var original = new PutBackArm([a, b], PutBackArmName.Original, 2, () => own);
            Equal(Losses(text), PutBackOutcome.Judge(text, original, factor: 1).Losses, 2e-4);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_HeadTakenOut_AreThoseOfTheInterventionThatTakesItOut(string family)
    {
        var forward = Forward(family);
        for (int layer = 0; layer < forward.Config.Layers; layer++)
        {
            var (a, b) = (new HeadIndex(layer, 1), new HeadIndex(layer, 2));
            var text = forward.Pair(a, b);
            var circuit = new FactoredMatrix(text.Own(a).A, Matrix.Create(text.Own(a).B.Rows, text.Own(a).B.Columns, (_, _) => 0));
            // Constants of value biases stay where only the circuit goes: so they do in ReplaceOV.
            if (forward.Weights.Model.Has(WeightKind.ln1_b))
                continue; // what the norm's bias writes is no part of a circuit, and an intervention takes it too
            var taken = HeadInterventions.None.ReplaceOV(circuit, 1, a);
            Equal(Losses(text, taken), text.Losses(block => text.Without(block, [a])), 2e-4);
            Assert.NotEqual(Losses(text)[0], Losses(text, taken)[0]);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Resume_WhatTheModelWrites_IsTheModelAndDirectPathsAreLinear(string family)
    {
        var forward = Forward(family);
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var text = forward.Pair(new(0, 0), new(0, 1));
        var block = text.Validation[0];
        var cut = LayerCut.Of(forward.Module, block.Inputs, forward.LastLayer);
        Assert.True(cut.HasDirectPath);
        // Nothing written, and what is: linear in it, with the norms at their scales.
        var half = cut.Written.Times(0.5);
        Close(cut.Direct(cut.Written), cut.Direct(half).Times(2), 1e-4);
        Close(cut.Final, cut.Resume(cut.Written), 1e-4);
        using var pass = forward.Module.Run(block.Inputs, ForwardParts.Residual);
        Close(pass.Residual, cut.Final, 1e-4);
    }

    [Theory]
    [InlineData("gpt2", 0)]
    [InlineData("gpt_neox", 1)]
    [InlineData("llama", 0)]
    [InlineData("tl_gelu", 1)]
    [InlineData("opt", 0)]
    public void Parts_DirectPath_SumToWhatTheHeadsAddDirectly(string family, int layer)
    {
        var forward = Forward(family);
        Assert.Null(forward.NoSplit);
        var (a, b) = (new HeadIndex(layer, 0), new HeadIndex(layer, 1));
        var text = forward.Pair(a, b);
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var block = text.Validation[0];
        Assert.False(block.IsLinear);
        var parts = CopySplit.Parts(text, block, [a, b]);
        var written = block.Written([new(a, text.Own(a)), new(b, text.Own(b))]);
        Close(block.Direct(written).matmul(block.Directions()), parts.Diagonal.Plus(parts.OffDiagonal).Plus(parts.Composed), 1e-4);
        Equal(Losses(text), CopySplit.Measure(text, [a, b]).Full, 2e-4);
        // The diagonal by hand, at one position: attention times W_E W_V W_O W_U of the token, through both norms' gains and scales.
        const int Position = 5;
        var raw = forward.Weights;
        var circuit = TokenCircuit.OfHeads(raw, a).Logits.ToMatrix();
        var cut = LayerCut.Of(forward.Module, block.Inputs, layer);
        var own = CopySplit.Parts(text, block, [a]).Diagonal;
        var expected = new double[forward.Config.Vocabulary];
        for (int source = 0; source <= Position; source++)
        {
            int token = (int)block.Inputs[0, source].item<long>();
            double scale = cut.ReadScale[0, source, 0].item<float>() * cut.DirectScale[0, Position, 0].item<float>();
            expected[token] += cut.Pattern(a.Head)[0, Position, source].item<float>() * scale * circuit[token, token];
        }
        Equal(expected, own[Position].Values(), 1e-4);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt_neox")]
    [InlineData("llama")]
    [InlineData("gemma2")]
    [InlineData("olmo2")]
    [InlineData("bloom")]
    public void Run_AnyFamily_EndsWithFiguresAndSaysWhatIsLeftOut(string family)
    {
        var laboratory = new Laboratory(Model(family), Options(_folder), FamilyText());
        var patterns = new OneOrTwoPatterns(OneOrTwoPatternsOptions.Quick with { FittedBlocks = 1, RowsPerStep = 64 });
        foreach (var experiment in new IExperiment[] { new PutItBack(PutItBackOptions.Quick), new HeadRoles(), patterns })
        {
            Assert.Null(experiment.Unavailable(laboratory));
            var section = experiment.Run(laboratory).ToSection();
            Assert.Contains(section.Notes, note => note.Title == "The model after the heads");
            Assert.All(section.Statements, statement => Assert.DoesNotContain("NaN", statement.Text, StringComparison.Ordinal));
            Assert.All(section.Tables, table => Assert.NotEmpty(table.Rows));
        }
        var found = new PutItBack(PutItBackOptions.Quick).Kept(laboratory)!;
        Assert.NotNull(found.NoCopiers);
        Assert.Equal(found.NoSplit is null, found.Parts.Count > 0);
        Assert.Equal(family is "gpt2" or "gpt_neox" or "llama", found.NoSplit is null);
        string[] notes = [.. found.ToSection().Notes.Select(note => note.Title)];
        Assert.Contains("No trained copiers", notes);
        Assert.Equal(found.NoSplit is not null, notes.Contains("No copy fraction"));
        Assert.All(found.Rows.Where(row => row.Arm == PutBackArmName.Original), row => Assert.True(double.IsFinite(row.Factor!.Value)));
    }

    [Theory]
    [InlineData("gpt2", 0)]
    [InlineData("llama", 1)]
    [InlineData("gemma2", 0)]
    public void Fit_ThroughTheModelAfterTheHeads_LearnsItsText(string family, int layer)
    {
        var (a, b) = (new HeadIndex(layer, 0), new HeadIndex(layer, 1));
        var own = FamilyText();
        var forward = new ForwardModel(Model(family), new LaboratoryOptions().Forward, own with { Validation = own.Training });
        var text = forward.Pair(a, b);
        var blocks = text.Blocks(text.Forward.Training(100), split: false);
        var fit = new CircuitFit(text, [.. Enumerable.Repeat(blocks, 20).SelectMany(block => block)], rows: 96);
        var fitted = fit.Fit([new(a, 4), new(b, 4)], seed: 1, [text.Own(a), text.Own(b)]);
        Assert.True(text.Losses(fitted.Residual).Average() < Losses(text).Average() - 0.003, "The fit gained nothing on its own text.");
    }

    [Theory]
    [InlineData("gpt2", 0)]
    [InlineData("gpt_neox", 1)]
    [InlineData("llama", 0)]
    public void Judge_ThroughTheModelAfterTheHeads_NoOtherFactorIsBetter(string family, int layer)
    {
        var own = FamilyText();
        var options = new LaboratoryOptions().Forward;
        var forward = new ForwardModel(Model(family), options, own with { Validation = own.Training });
        var (a, b) = (new HeadIndex(layer, 0), new HeadIndex(layer, 1));
        var text = forward.Pair(a, b);
        Assert.False(text.Validation[0].IsLinear);
        var arm = new PutBackArm([a, b], PutBackArmName.Original, 2, () => [new(a, text.Own(a)), new(b, text.Own(b))]);
        var fitted = PutBackOutcome.Judge(text, arm);
        double best = fitted.Losses.Average();
        Assert.True(best < PutBackOutcome.Judge(text, arm, factor: 1).Losses.Average(), "The fit gained nothing.");
        foreach (double away in new[] { -0.5, -0.1, 0.1, 0.5 })
        {
            double other = PutBackOutcome.Judge(text, arm, fitted.Factor!.Value + away).Losses.Average();
            Assert.True(best < other + 1e-6, $"{away} from the factor, {fitted.Factor}, the loss is {other - best} away.");
        }
    }

    [Fact]
    public void Run_Encoder_LeavesOutNextTokensAndSaysSo()
    {
        var laboratory = new Laboratory(Model("tl_encoder"), Options(_folder), FamilyText());
        Assert.Contains("attends in both directions", new PutItBack().Unavailable(laboratory), StringComparison.Ordinal);
        Assert.Contains("attends in both directions", new OneOrTwoPatterns().Unavailable(laboratory), StringComparison.Ordinal);
        var found = new HeadRoles().Run(laboratory);
        Assert.Contains("attends in both directions", found.NoFigures, StringComparison.Ordinal);
        Assert.Equal(3, found.ToSection().Tables.Count);
    }

    private ForwardModel Forward(string family) => new(Model(family), Options().Forward, FamilyText());

    private TransformerCheckpoint Model(string family)
    {
        Assert.SkipUnless(TorchLibrary.WhyUnavailable() is null, $"{TorchLibrary.WhyUnavailable()}");
        string folder = Directory.CreateDirectory(Path.Combine(_folder, family)).FullName;
        var weights = ForwardCase.Open(family).Load(folder);
        return new(weights, new Vocabulary([.. Enumerable.Range(0, weights.Config.Vocabulary).Select(id => $"word{id}")]));
    }

    private static ModelText FamilyText()
    {
        return new(Make(1), Make(2), 0, "training; validation");

        static int[] Make(int seed)
        {
            var random = new Random(seed);
            List<int> ids = [];
            while (ids.Count < 400)
                ids.Add(ids.Count > 8 && random.Next(2) == 0 ? ids[^(3 + random.Next(5))] : random.Next(1, 11));
            return [.. ids];
        }
    }

    private static void Close(torch.Tensor expected, torch.Tensor actual, double tolerance) =>
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance * Math.Max(1, expected.abs().max().item<float>()));
}
